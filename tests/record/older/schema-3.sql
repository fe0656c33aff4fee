PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,         -- ISO 8601, UTC, milliseconds, Z
    request TEXT NOT NULL,    -- the idempotency key: outbox.id
    peer TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    latency REAL NOT NULL,    -- seconds
    sent INTEGER NOT NULL,    -- bytes
    received INTEGER NOT NULL,
    error TEXT NOT NULL
);
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    timestamp TEXT NOT NULL,  -- ISO 8601, UTC, milliseconds, Z
    type TEXT NOT NULL
        CHECK (type IN ('transcription', 'response', 'tts', 'error', 'system')),
    content TEXT NOT NULL,
    metadata TEXT NOT NULL    -- a JSON object
);
INSERT INTO "conversations" VALUES(1,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.395Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":18574}');
INSERT INTO "conversations" VALUES(2,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.401Z','transcription','what time is it?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(3,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.413Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(4,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.413Z','response','It is 2:07 am.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(5,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.550Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(6,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.550Z','tts','It is 2:07 am.','{"turn":1,"voice":"pico","seconds":1.96}');
INSERT INTO "conversations" VALUES(7,'101cb4ef611040f6bcc3b4e19eee2c6c','2026-11-29T02:07:13.555Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(8,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.267Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":18604}');
INSERT INTO "conversations" VALUES(9,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.285Z','transcription','hello there','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(10,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.310Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(11,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.310Z','response','Hello! You can ask me for the time, the date, or help.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(12,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.482Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(13,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.482Z','tts','Hello! You can ask me for the time, the date, or help.','{"turn":1,"voice":"pico","seconds":4.74}');
INSERT INTO "conversations" VALUES(14,'0e335551d3b9496fa2a431cf18f48d93','2026-11-29T02:07:15.484Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(15,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.067Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":18631}');
INSERT INTO "conversations" VALUES(16,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.081Z','transcription','what can you do?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(17,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.104Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(18,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.104Z','response','I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(19,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.275Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(20,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.275Z','tts','I can tell you the time and the date, and otherwise I repeat what I hear.','{"turn":1,"voice":"pico","seconds":4.596}');
INSERT INTO "conversations" VALUES(21,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.381Z','tts','To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"voice":"pico","seconds":5.108}');
INSERT INTO "conversations" VALUES(22,'ec7aa8e55bc643d5a66b28e625355bfb','2026-11-29T02:07:17.383Z','system','The session ended: done','{"reason":"done"}');
CREATE TABLE "events" (
   "id" INTEGER PRIMARY KEY,
   "at" REAL NOT NULL,
   "session_id" TEXT NOT NULL,
   "turn" INTEGER,
   "type" TEXT NOT NULL,
   "body" TEXT NOT NULL
);
INSERT INTO "events" VALUES(1,1.79591803339578747747e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',NULL,'session_started','{"at":1795918033.3957875,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"session_started","version":"0.1.0","pid":18574}}');
INSERT INTO "events" VALUES(2,1.79591803340143775936e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'heard','{"at":1795918033.4014378,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"heard","turn":1,"text":"what time is it?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(3,1.79591803341188716892e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'asked','{"at":1795918033.4118872,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"asked","turn":1,"request":"bef46d37-7284-4aa8-86b0-e095dc70ee9f","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(4,1.79591803341301560403e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'answer_begun','{"at":1795918033.4130156,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(5,1.79591803341350817685e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',NULL,'ready','{"at":1795918033.4135082,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(6,1.79591803341352510446e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'replied','{"at":1795918033.413525,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"replied","turn":1,"text":"It is 2:07 am.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(7,1.79591803354905080796e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'voice_begun','{"at":1795918033.5490508,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(8,1.79591803354908466339e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'sounding','{"at":1795918033.5490847,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(9,1.79591803354940056803e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'timed','{"at":1795918033.5494006,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.010449409484863281,"first_answer":0.011577844619750977,"first_audio":0.1476130485534668,"first_sample":0.14764690399169922}}');
INSERT INTO "events" VALUES(10,1.79591803355014848712e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',NULL,'ready','{"at":1795918033.5501485,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(11,1.79591803355016040805e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',1,'spoken','{"at":1795918033.5501604,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"spoken","turn":1,"text":"It is 2:07 am.","voice":"pico","seconds":1.96}}');
INSERT INTO "events" VALUES(12,1.79591803355547356604e+09,'101cb4ef611040f6bcc3b4e19eee2c6c',NULL,'session_ended','{"at":1795918033.5554736,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(13,1.79591803526772069926e+09,'0e335551d3b9496fa2a431cf18f48d93',NULL,'session_started','{"at":1795918035.2677207,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"session_started","version":"0.1.0","pid":18604}}');
INSERT INTO "events" VALUES(14,1795918035.28533,'0e335551d3b9496fa2a431cf18f48d93',1,'heard','{"at":1795918035.28533,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"heard","turn":1,"text":"hello there","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(15,1.79591803529825496678e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'asked','{"at":1795918035.298255,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"asked","turn":1,"request":"11081baf-b30a-4478-8b05-570ad0b541ef","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(16,1.79591803530393481257e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'answer_begun','{"at":1795918035.3039348,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(17,1.79591803531012701991e+09,'0e335551d3b9496fa2a431cf18f48d93',NULL,'ready','{"at":1795918035.310127,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(18,1.79591803531016683571e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'replied','{"at":1795918035.3101668,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"replied","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(19,1.79591803548187017433e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'voice_begun','{"at":1795918035.4818702,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(20,1.79591803548193764683e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'sounding','{"at":1795918035.4819376,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(21,1.79591803548231744762e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'timed','{"at":1795918035.4823174,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.012924909591674805,"first_answer":0.018604755401611328,"first_audio":0.19654011726379395,"first_sample":0.1966075897216797}}');
INSERT INTO "events" VALUES(22,1.79591803548276424413e+09,'0e335551d3b9496fa2a431cf18f48d93',NULL,'ready','{"at":1795918035.4827642,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(23,1.79591803548277473452e+09,'0e335551d3b9496fa2a431cf18f48d93',1,'spoken','{"at":1795918035.4827747,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"spoken","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","voice":"pico","seconds":4.74}}');
INSERT INTO "events" VALUES(24,1.79591803548495793346e+09,'0e335551d3b9496fa2a431cf18f48d93',NULL,'session_ended','{"at":1795918035.484958,"session":"0e335551d3b9496fa2a431cf18f48d93","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(25,1.79591803706762814527e+09,'ec7aa8e55bc643d5a66b28e625355bfb',NULL,'session_started','{"at":1795918037.0676281,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"session_started","version":"0.1.0","pid":18631}}');
INSERT INTO "events" VALUES(26,1.79591803708191108703e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'heard','{"at":1795918037.081911,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"heard","turn":1,"text":"what can you do?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(27,1.79591803709913969038e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'asked','{"at":1795918037.0991397,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"asked","turn":1,"request":"ad5124b1-92c5-4967-b790-4bb81a01eef7","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(28,1.79591803710369038579e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'answer_begun','{"at":1795918037.1036904,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(29,1.79591803710442304616e+09,'ec7aa8e55bc643d5a66b28e625355bfb',NULL,'ready','{"at":1795918037.104423,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(30,1.79591803710444068904e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'replied','{"at":1795918037.1044407,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"replied","turn":1,"text":"I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(31,1.79591803727388405797e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'voice_begun','{"at":1795918037.273884,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(32,1.79591803727395129207e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'sounding','{"at":1795918037.2739513,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(33,1.79591803727434349063e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'timed','{"at":1795918037.2743435,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.01722860336303711,"first_answer":0.021779298782348633,"first_audio":0.19197297096252441,"first_sample":0.19204020500183105}}');
INSERT INTO "events" VALUES(34,1.79591803727508854873e+09,'ec7aa8e55bc643d5a66b28e625355bfb',NULL,'ready','{"at":1795918037.2750885,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(35,1.79591803727510738366e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'spoken','{"at":1795918037.2751074,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"spoken","turn":1,"text":"I can tell you the time and the date, and otherwise I repeat what I hear.","voice":"pico","seconds":4.596}}');
INSERT INTO "events" VALUES(36,1.79591803737167692188e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'voice_begun','{"at":1795918037.371677,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(37,1.79591803738123965269e+09,'ec7aa8e55bc643d5a66b28e625355bfb',1,'spoken','{"at":1795918037.3812397,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"spoken","turn":1,"text":"To give me a mind of my own, set the workflow URL in agent dot toml.","voice":"pico","seconds":5.108}}');
INSERT INTO "events" VALUES(38,1.79591803738374066355e+09,'ec7aa8e55bc643d5a66b28e625355bfb',NULL,'session_ended','{"at":1795918037.3837407,"session":"ec7aa8e55bc643d5a66b28e625355bfb","event":{"event":"session_ended","reason":"done"}}');
CREATE TABLE "metrics" (
   "id" INTEGER PRIMARY KEY,
   "timestamp" TEXT NOT NULL,
   "metric_name" TEXT NOT NULL,
   "metric_value" REAL,
   "metadata" TEXT NOT NULL
);
INSERT INTO "metrics" VALUES(1,'2026-11-29T02:07:13.549Z','latency.transcript',0.0,'{"turn":1,"session_id":"101cb4ef611040f6bcc3b4e19eee2c6c"}');
INSERT INTO "metrics" VALUES(2,'2026-11-29T02:07:13.549Z','latency.request',1.044940948486328125e-02,'{"turn":1,"session_id":"101cb4ef611040f6bcc3b4e19eee2c6c"}');
INSERT INTO "metrics" VALUES(3,'2026-11-29T02:07:13.549Z','latency.first_answer',1.15778446197509765625e-02,'{"turn":1,"session_id":"101cb4ef611040f6bcc3b4e19eee2c6c"}');
INSERT INTO "metrics" VALUES(4,'2026-11-29T02:07:13.549Z','latency.first_audio',1.47613048553466796875e-01,'{"turn":1,"session_id":"101cb4ef611040f6bcc3b4e19eee2c6c"}');
INSERT INTO "metrics" VALUES(5,'2026-11-29T02:07:13.549Z','latency.first_sample',1.4764690399169921875e-01,'{"turn":1,"session_id":"101cb4ef611040f6bcc3b4e19eee2c6c"}');
INSERT INTO "metrics" VALUES(6,'2026-11-29T02:07:15.482Z','latency.transcript',0.0,'{"turn":1,"session_id":"0e335551d3b9496fa2a431cf18f48d93"}');
INSERT INTO "metrics" VALUES(7,'2026-11-29T02:07:15.482Z','latency.request',1.29249095916748046875e-02,'{"turn":1,"session_id":"0e335551d3b9496fa2a431cf18f48d93"}');
INSERT INTO "metrics" VALUES(8,'2026-11-29T02:07:15.482Z','latency.first_answer',1.8604755401611328125e-02,'{"turn":1,"session_id":"0e335551d3b9496fa2a431cf18f48d93"}');
INSERT INTO "metrics" VALUES(9,'2026-11-29T02:07:15.482Z','latency.first_audio',1.96540117263793945312e-01,'{"turn":1,"session_id":"0e335551d3b9496fa2a431cf18f48d93"}');
INSERT INTO "metrics" VALUES(10,'2026-11-29T02:07:15.482Z','latency.first_sample',1.966075897216796875e-01,'{"turn":1,"session_id":"0e335551d3b9496fa2a431cf18f48d93"}');
INSERT INTO "metrics" VALUES(11,'2026-11-29T02:07:17.274Z','latency.transcript',0.0,'{"turn":1,"session_id":"ec7aa8e55bc643d5a66b28e625355bfb"}');
INSERT INTO "metrics" VALUES(12,'2026-11-29T02:07:17.274Z','latency.request',1.7228603363037109375e-02,'{"turn":1,"session_id":"ec7aa8e55bc643d5a66b28e625355bfb"}');
INSERT INTO "metrics" VALUES(13,'2026-11-29T02:07:17.274Z','latency.first_answer',2.17792987823486328125e-02,'{"turn":1,"session_id":"ec7aa8e55bc643d5a66b28e625355bfb"}');
INSERT INTO "metrics" VALUES(14,'2026-11-29T02:07:17.274Z','latency.first_audio',1.91972970962524414062e-01,'{"turn":1,"session_id":"ec7aa8e55bc643d5a66b28e625355bfb"}');
INSERT INTO "metrics" VALUES(15,'2026-11-29T02:07:17.274Z','latency.first_sample',1.92040205001831054687e-01,'{"turn":1,"session_id":"ec7aa8e55bc643d5a66b28e625355bfb"}');
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,  -- the idempotency key
    lane TEXT NOT NULL DEFAULT 'mind',
    body TEXT NOT NULL,       -- JSON of agent.ports.Question
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'answered', 'refused', 'expired')),
    settled_at TEXT
);
INSERT INTO "outbox" VALUES(1,'bef46d37-7284-4aa8-86b0-e095dc70ee9f','mind','{"id":"bef46d37-7284-4aa8-86b0-e095dc70ee9f","turn":1,"session":"101cb4ef611040f6bcc3b4e19eee2c6c","text":"what time is it?","asked_at":1795918033.4016283,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:13.401Z',0,NULL,'answered','2026-11-29T02:07:13.427Z');
INSERT INTO "outbox" VALUES(2,'11081baf-b30a-4478-8b05-570ad0b541ef','mind','{"id":"11081baf-b30a-4478-8b05-570ad0b541ef","turn":1,"session":"0e335551d3b9496fa2a431cf18f48d93","text":"hello there","asked_at":1795918035.2857141,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:15.285Z',0,NULL,'answered','2026-11-29T02:07:15.323Z');
INSERT INTO "outbox" VALUES(3,'ad5124b1-92c5-4967-b790-4bb81a01eef7','mind','{"id":"ad5124b1-92c5-4967-b790-4bb81a01eef7","turn":1,"session":"ec7aa8e55bc643d5a66b28e625355bfb","text":"what can you do?","asked_at":1795918037.0822384,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:17.082Z',0,NULL,'answered','2026-11-29T02:07:17.115Z');
CREATE TABLE seen (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX "idx_conversations_session_id_timestamp"
    ON "conversations" ("session_id", "timestamp");
CREATE INDEX "idx_conversations_type"
    ON "conversations" ("type");
CREATE INDEX "idx_metrics_metric_name_timestamp"
    ON "metrics" ("metric_name", "timestamp");
CREATE INDEX "idx_events_session_id_type_turn"
    ON "events" ("session_id", "type", "turn");
CREATE INDEX idx_outbox_pending ON outbox (lane, seq) WHERE state = 'pending';
CREATE INDEX idx_attempts_at ON attempts (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
COMMIT;
