PRAGMA user_version = 4;
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
INSERT INTO "conversations" VALUES(1,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:33.998Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":19628}');
INSERT INTO "conversations" VALUES(2,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.113Z','transcription','what time is it?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(3,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.127Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(4,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.127Z','response','It is 2:07 am.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(5,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.231Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(6,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.236Z','tts','It is 2:07 am.','{"turn":1,"voice":"pico","seconds":2.084,"cached":false}');
INSERT INTO "conversations" VALUES(7,'d2581dbdd4a54103a74ce99a081bf99c','2026-11-29T02:07:34.239Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(8,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:35.971Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":19648}');
INSERT INTO "conversations" VALUES(9,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.078Z','transcription','hello there','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(10,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.082Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(11,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.082Z','response','Hello! You can ask me for the time, the date, or help.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(12,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.195Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(13,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.197Z','tts','Hello! You can ask me for the time, the date, or help.','{"turn":1,"voice":"pico","seconds":4.74,"cached":false}');
INSERT INTO "conversations" VALUES(14,'8af84094fb5044d59bf0ea83eba9720b','2026-11-29T02:07:36.204Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(15,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:37.758Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":19663}');
INSERT INTO "conversations" VALUES(16,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:37.915Z','transcription','what can you do?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(17,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:37.922Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(18,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:37.922Z','response','I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"mind":"builtin","late":false,"interrupted":false}');
INSERT INTO "conversations" VALUES(19,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:38.037Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(20,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:38.045Z','tts','I can tell you the time and the date,','{"turn":1,"voice":"pico","seconds":2.052,"cached":false}');
INSERT INTO "conversations" VALUES(21,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:38.095Z','tts','and otherwise I repeat what I hear.','{"turn":1,"voice":"pico","seconds":2.52,"cached":false}');
INSERT INTO "conversations" VALUES(22,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:38.216Z','tts','To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"voice":"pico","seconds":5.108,"cached":false}');
INSERT INTO "conversations" VALUES(23,'2d5858436422445ba5eb9f4d42293482','2026-11-29T02:07:38.222Z','system','The session ended: done','{"reason":"done"}');
CREATE TABLE "events" (
   "id" INTEGER PRIMARY KEY,
   "at" REAL NOT NULL,
   "session_id" TEXT NOT NULL,
   "turn" INTEGER,
   "type" TEXT NOT NULL,
   "body" TEXT NOT NULL
);
INSERT INTO "events" VALUES(1,1.79591805399866485592e+09,'d2581dbdd4a54103a74ce99a081bf99c',NULL,'session_started','{"at":1795918053.9986649,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"session_started","version":"0.1.0","pid":19628}}');
INSERT INTO "events" VALUES(2,1.79591805411375713351e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'heard','{"at":1795918054.1137571,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"heard","turn":1,"text":"what time is it?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(3,1.79591805412163281439e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'asked','{"at":1795918054.1216328,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"asked","turn":1,"request":"f9d2f056-3414-4c83-a8c5-2a7dced0021b","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(4,1.79591805412243270875e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'answer_begun','{"at":1795918054.1224327,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(5,1.79591805412724518772e+09,'d2581dbdd4a54103a74ce99a081bf99c',NULL,'ready','{"at":1795918054.1272452,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(6,1.79591805412727713578e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'replied','{"at":1795918054.1272771,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"replied","turn":1,"text":"It is 2:07 am.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(7,1.79591805422914671899e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'voice_begun','{"at":1795918054.2291467,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(8,1.79591805422934484479e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'sounding','{"at":1795918054.2293448,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(9,1.79591805422971630091e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'timed','{"at":1795918054.2297163,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.007875680923461914,"first_answer":0.008675575256347656,"first_audio":0.11538958549499512,"first_sample":0.11558771133422852}}');
INSERT INTO "events" VALUES(10,1.79591805423135185242e+09,'d2581dbdd4a54103a74ce99a081bf99c',NULL,'ready','{"at":1795918054.2313519,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(11,1.79591805423639106747e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'spoken','{"at":1795918054.236391,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"spoken","turn":1,"text":"It is 2:07 am.","voice":"pico","seconds":2.084,"cached":false}}');
INSERT INTO "events" VALUES(12,1.79591805423725295069e+09,'d2581dbdd4a54103a74ce99a081bf99c',1,'silent','{"at":1795918054.237253,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"silent","turn":1,"asks":false}}');
INSERT INTO "events" VALUES(13,1.79591805423916625974e+09,'d2581dbdd4a54103a74ce99a081bf99c',NULL,'session_ended','{"at":1795918054.2391663,"session":"d2581dbdd4a54103a74ce99a081bf99c","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(14,1.79591805597158932685e+09,'8af84094fb5044d59bf0ea83eba9720b',NULL,'session_started','{"at":1795918055.9715893,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"session_started","version":"0.1.0","pid":19648}}');
INSERT INTO "events" VALUES(15,1.79591805607869172095e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'heard','{"at":1795918056.0786917,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"heard","turn":1,"text":"hello there","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(16,1.79591805608164024358e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'asked','{"at":1795918056.0816402,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"asked","turn":1,"request":"7b0977b6-0c89-47bb-ac0a-233d013640bf","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(17,1.79591805608239316939e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'answer_begun','{"at":1795918056.0823932,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(18,1.7959180560828630924e+09,'8af84094fb5044d59bf0ea83eba9720b',NULL,'ready','{"at":1795918056.082863,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(19,1.79591805608288049701e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'replied','{"at":1795918056.0828805,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"replied","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(20,1.79591805619401955603e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'voice_begun','{"at":1795918056.1940196,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(21,1.79591805619421339031e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'sounding','{"at":1795918056.1942134,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(22,1.79591805619466137887e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'timed','{"at":1795918056.1946614,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.0029485225677490234,"first_answer":0.003701448440551758,"first_audio":0.11532783508300781,"first_sample":0.11552166938781738}}');
INSERT INTO "events" VALUES(23,1.7959180561952092647e+09,'8af84094fb5044d59bf0ea83eba9720b',NULL,'ready','{"at":1795918056.1952093,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(24,1.79591805619778370852e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'spoken','{"at":1795918056.1977837,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"spoken","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","voice":"pico","seconds":4.74,"cached":false}}');
INSERT INTO "events" VALUES(25,1.79591805619804596901e+09,'8af84094fb5044d59bf0ea83eba9720b',1,'silent','{"at":1795918056.198046,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"silent","turn":1,"asks":false}}');
INSERT INTO "events" VALUES(26,1.79591805620443344115e+09,'8af84094fb5044d59bf0ea83eba9720b',NULL,'session_ended','{"at":1795918056.2044334,"session":"8af84094fb5044d59bf0ea83eba9720b","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(27,1.7959180577581014633e+09,'2d5858436422445ba5eb9f4d42293482',NULL,'session_started','{"at":1795918057.7581015,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"session_started","version":"0.1.0","pid":19663}}');
INSERT INTO "events" VALUES(28,1.79591805791516661641e+09,'2d5858436422445ba5eb9f4d42293482',1,'heard','{"at":1795918057.9151666,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"heard","turn":1,"text":"what can you do?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(29,1.79591805792096543313e+09,'2d5858436422445ba5eb9f4d42293482',1,'asked','{"at":1795918057.9209654,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"asked","turn":1,"request":"39a95642-057c-40cd-a4ed-0a17c4cca1e3","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(30,1.79591805792156791691e+09,'2d5858436422445ba5eb9f4d42293482',1,'answer_begun','{"at":1795918057.921568,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(31,1.79591805792262339596e+09,'2d5858436422445ba5eb9f4d42293482',NULL,'ready','{"at":1795918057.9226234,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(32,1.79591805792264556885e+09,'2d5858436422445ba5eb9f4d42293482',1,'replied','{"at":1795918057.9226456,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"replied","turn":1,"text":"I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.","mind":"builtin","late":false,"interrupted":false}}');
INSERT INTO "events" VALUES(33,1.79591805803630352018e+09,'2d5858436422445ba5eb9f4d42293482',1,'voice_begun','{"at":1795918058.0363035,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(34,1.79591805803659725192e+09,'2d5858436422445ba5eb9f4d42293482',1,'sounding','{"at":1795918058.0365973,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(35,1.79591805803759312631e+09,'2d5858436422445ba5eb9f4d42293482',1,'timed','{"at":1795918058.0375931,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.005798816680908203,"first_answer":0.0064013004302978516,"first_audio":0.12113690376281738,"first_sample":0.12143063545227051}}');
INSERT INTO "events" VALUES(36,1.79591805803797984128e+09,'2d5858436422445ba5eb9f4d42293482',NULL,'ready','{"at":1795918058.0379798,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(37,1.79591805804522418972e+09,'2d5858436422445ba5eb9f4d42293482',1,'spoken','{"at":1795918058.0452242,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"spoken","turn":1,"text":"I can tell you the time and the date,","voice":"pico","seconds":2.052,"cached":false}}');
INSERT INTO "events" VALUES(38,1.79591805808518815033e+09,'2d5858436422445ba5eb9f4d42293482',1,'voice_begun','{"at":1795918058.0851882,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(39,1.79591805809540200236e+09,'2d5858436422445ba5eb9f4d42293482',1,'spoken','{"at":1795918058.095402,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"spoken","turn":1,"text":"and otherwise I repeat what I hear.","voice":"pico","seconds":2.52,"cached":false}}');
INSERT INTO "events" VALUES(40,1.79591805819948172572e+09,'2d5858436422445ba5eb9f4d42293482',1,'voice_begun','{"at":1795918058.1994817,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(41,1.79591805821684813502e+09,'2d5858436422445ba5eb9f4d42293482',1,'spoken','{"at":1795918058.2168481,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"spoken","turn":1,"text":"To give me a mind of my own, set the workflow URL in agent dot toml.","voice":"pico","seconds":5.108,"cached":false}}');
INSERT INTO "events" VALUES(42,1.79591805821919751166e+09,'2d5858436422445ba5eb9f4d42293482',1,'silent','{"at":1795918058.2191975,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"silent","turn":1,"asks":false}}');
INSERT INTO "events" VALUES(43,1.7959180582223262787e+09,'2d5858436422445ba5eb9f4d42293482',NULL,'session_ended','{"at":1795918058.2223263,"session":"2d5858436422445ba5eb9f4d42293482","event":{"event":"session_ended","reason":"done"}}');
CREATE TABLE letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,  -- the id of the event, and of the message
    key TEXT NOT NULL,        -- the routing key
    body BLOB NOT NULL,
    at REAL NOT NULL
);
CREATE TABLE "metrics" (
   "id" INTEGER PRIMARY KEY,
   "timestamp" TEXT NOT NULL,
   "metric_name" TEXT NOT NULL,
   "metric_value" REAL,
   "metadata" TEXT NOT NULL
);
INSERT INTO "metrics" VALUES(1,'2026-11-29T02:07:34.229Z','latency.transcript',0.0,'{"turn":1,"session_id":"d2581dbdd4a54103a74ce99a081bf99c"}');
INSERT INTO "metrics" VALUES(2,'2026-11-29T02:07:34.229Z','latency.request',7.8756809234619140625e-03,'{"turn":1,"session_id":"d2581dbdd4a54103a74ce99a081bf99c"}');
INSERT INTO "metrics" VALUES(3,'2026-11-29T02:07:34.229Z','latency.first_answer',8.67557525634765625e-03,'{"turn":1,"session_id":"d2581dbdd4a54103a74ce99a081bf99c"}');
INSERT INTO "metrics" VALUES(4,'2026-11-29T02:07:34.229Z','latency.first_audio',1.15389585494995117187e-01,'{"turn":1,"session_id":"d2581dbdd4a54103a74ce99a081bf99c"}');
INSERT INTO "metrics" VALUES(5,'2026-11-29T02:07:34.229Z','latency.first_sample',1.15587711334228515625e-01,'{"turn":1,"session_id":"d2581dbdd4a54103a74ce99a081bf99c"}');
INSERT INTO "metrics" VALUES(6,'2026-11-29T02:07:36.194Z','latency.transcript',0.0,'{"turn":1,"session_id":"8af84094fb5044d59bf0ea83eba9720b"}');
INSERT INTO "metrics" VALUES(7,'2026-11-29T02:07:36.194Z','latency.request',2.9485225677490234375e-03,'{"turn":1,"session_id":"8af84094fb5044d59bf0ea83eba9720b"}');
INSERT INTO "metrics" VALUES(8,'2026-11-29T02:07:36.194Z','latency.first_answer',3.7014484405517578125e-03,'{"turn":1,"session_id":"8af84094fb5044d59bf0ea83eba9720b"}');
INSERT INTO "metrics" VALUES(9,'2026-11-29T02:07:36.194Z','latency.first_audio',1.153278350830078125e-01,'{"turn":1,"session_id":"8af84094fb5044d59bf0ea83eba9720b"}');
INSERT INTO "metrics" VALUES(10,'2026-11-29T02:07:36.194Z','latency.first_sample',1.15521669387817382812e-01,'{"turn":1,"session_id":"8af84094fb5044d59bf0ea83eba9720b"}');
INSERT INTO "metrics" VALUES(11,'2026-11-29T02:07:38.037Z','latency.transcript',0.0,'{"turn":1,"session_id":"2d5858436422445ba5eb9f4d42293482"}');
INSERT INTO "metrics" VALUES(12,'2026-11-29T02:07:38.037Z','latency.request',5.798816680908203125e-03,'{"turn":1,"session_id":"2d5858436422445ba5eb9f4d42293482"}');
INSERT INTO "metrics" VALUES(13,'2026-11-29T02:07:38.037Z','latency.first_answer',6.4013004302978515625e-03,'{"turn":1,"session_id":"2d5858436422445ba5eb9f4d42293482"}');
INSERT INTO "metrics" VALUES(14,'2026-11-29T02:07:38.037Z','latency.first_audio',1.21136903762817382812e-01,'{"turn":1,"session_id":"2d5858436422445ba5eb9f4d42293482"}');
INSERT INTO "metrics" VALUES(15,'2026-11-29T02:07:38.037Z','latency.first_sample',1.21430635452270507812e-01,'{"turn":1,"session_id":"2d5858436422445ba5eb9f4d42293482"}');
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
INSERT INTO "outbox" VALUES(1,'f9d2f056-3414-4c83-a8c5-2a7dced0021b','mind','{"id":"f9d2f056-3414-4c83-a8c5-2a7dced0021b","turn":1,"session":"d2581dbdd4a54103a74ce99a081bf99c","text":"what time is it?","asked_at":1795918054.1145966,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:34.114Z',0,NULL,'answered','2026-11-29T02:07:34.130Z');
INSERT INTO "outbox" VALUES(2,'7b0977b6-0c89-47bb-ac0a-233d013640bf','mind','{"id":"7b0977b6-0c89-47bb-ac0a-233d013640bf","turn":1,"session":"8af84094fb5044d59bf0ea83eba9720b","text":"hello there","asked_at":1795918056.0789843,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:36.078Z',0,NULL,'answered','2026-11-29T02:07:36.088Z');
INSERT INTO "outbox" VALUES(3,'39a95642-057c-40cd-a4ed-0a17c4cca1e3','mind','{"id":"39a95642-057c-40cd-a4ed-0a17c4cca1e3","turn":1,"session":"2d5858436422445ba5eb9f4d42293482","text":"what can you do?","asked_at":1795918057.9158316,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:07:37.915Z',0,NULL,'answered','2026-11-29T02:07:37.928Z');
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
