PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    timestamp TEXT NOT NULL,  -- ISO 8601, UTC, milliseconds, Z
    type TEXT NOT NULL
        CHECK (type IN ('transcription', 'response', 'tts', 'error', 'system')),
    content TEXT NOT NULL,
    metadata TEXT NOT NULL    -- a JSON object
);
INSERT INTO "conversations" VALUES(1,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.501Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":20174}');
INSERT INTO "conversations" VALUES(2,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.514Z','transcription','what time is it?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(3,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.537Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(4,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.537Z','response','It is 2:08 am.','{"turn":1,"mind":"builtin","late":false}');
INSERT INTO "conversations" VALUES(5,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.578Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(6,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.578Z','tts','It is 2:08 am.','{"turn":1,"voice":"pico","seconds":1.76}');
INSERT INTO "conversations" VALUES(7,'9f89f03005184811958952a61bec1e79','2026-11-29T02:08:09.579Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(8,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.577Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":20222}');
INSERT INTO "conversations" VALUES(9,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.589Z','transcription','hello there','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(10,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.598Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(11,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.598Z','response','Hello! You can ask me for the time, the date, or help.','{"turn":1,"mind":"builtin","late":false}');
INSERT INTO "conversations" VALUES(12,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.910Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(13,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.910Z','tts','Hello! You can ask me for the time, the date, or help.','{"turn":1,"voice":"pico","seconds":4.74}');
INSERT INTO "conversations" VALUES(14,'bcb395cfb3b340a997fc55188dac26c6','2026-11-29T02:08:12.912Z','system','The session ended: done','{"reason":"done"}');
INSERT INTO "conversations" VALUES(15,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.384Z','system','tonny-agent 0.1.0 started','{"version":"0.1.0","pid":20247}');
INSERT INTO "conversations" VALUES(16,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.396Z','transcription','what can you do?','{"turn":1,"engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}');
INSERT INTO "conversations" VALUES(17,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.408Z','system','builtin is ready','{"name":"builtin","detail":""}');
INSERT INTO "conversations" VALUES(18,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.409Z','response','I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"mind":"builtin","late":false}');
INSERT INTO "conversations" VALUES(19,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.690Z','system','pico is ready','{"name":"pico","detail":""}');
INSERT INTO "conversations" VALUES(20,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.690Z','tts','I can tell you the time and the date, and otherwise I repeat what I hear.','{"turn":1,"voice":"pico","seconds":4.596}');
INSERT INTO "conversations" VALUES(21,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.831Z','tts','To give me a mind of my own, set the workflow URL in agent dot toml.','{"turn":1,"voice":"pico","seconds":5.108}');
INSERT INTO "conversations" VALUES(22,'c9dbc46e58624f8191ac89eda07ac69b','2026-11-29T02:08:16.840Z','system','The session ended: done','{"reason":"done"}');
CREATE TABLE "events" (
   "id" INTEGER PRIMARY KEY,
   "at" REAL NOT NULL,
   "session_id" TEXT NOT NULL,
   "turn" INTEGER,
   "type" TEXT NOT NULL,
   "body" TEXT NOT NULL
);
INSERT INTO "events" VALUES(1,1.79591808950191378596e+09,'9f89f03005184811958952a61bec1e79',NULL,'session_started','{"at":1795918089.5019138,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"session_started","version":"0.1.0","pid":20174}}');
INSERT INTO "events" VALUES(2,1.7959180895145292282e+09,'9f89f03005184811958952a61bec1e79',1,'heard','{"at":1795918089.5145292,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"heard","turn":1,"text":"what time is it?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(3,1.79591808953121972081e+09,'9f89f03005184811958952a61bec1e79',1,'asked','{"at":1795918089.5312197,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"asked","turn":1,"request":"89c45d02-c0f8-44c9-a6f2-2358da61ae63","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(4,1.79591808953691673281e+09,'9f89f03005184811958952a61bec1e79',1,'answer_begun','{"at":1795918089.5369167,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(5,1.79591808953727674483e+09,'9f89f03005184811958952a61bec1e79',NULL,'ready','{"at":1795918089.5372767,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(6,1.79591808953752303124e+09,'9f89f03005184811958952a61bec1e79',1,'replied','{"at":1795918089.537523,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"replied","turn":1,"text":"It is 2:08 am.","mind":"builtin","late":false}}');
INSERT INTO "events" VALUES(7,1.79591808957765054701e+09,'9f89f03005184811958952a61bec1e79',1,'voice_begun','{"at":1795918089.5776505,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(8,1.79591808957769799234e+09,'9f89f03005184811958952a61bec1e79',1,'sounding','{"at":1795918089.577698,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(9,1.79591808957809972763e+09,'9f89f03005184811958952a61bec1e79',1,'timed','{"at":1795918089.5780997,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.016690492630004883,"first_answer":0.02238750457763672,"first_audio":0.06312131881713867,"first_sample":0.06316876411437988}}');
INSERT INTO "events" VALUES(10,1.79591808957861971858e+09,'9f89f03005184811958952a61bec1e79',NULL,'ready','{"at":1795918089.5786197,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(11,1.79591808957863116264e+09,'9f89f03005184811958952a61bec1e79',1,'spoken','{"at":1795918089.5786312,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"spoken","turn":1,"text":"It is 2:08 am.","voice":"pico","seconds":1.76}}');
INSERT INTO "events" VALUES(12,1.7959180895795664787e+09,'9f89f03005184811958952a61bec1e79',NULL,'session_ended','{"at":1795918089.5795665,"session":"9f89f03005184811958952a61bec1e79","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(13,1.79591809257708024975e+09,'bcb395cfb3b340a997fc55188dac26c6',NULL,'session_started','{"at":1795918092.5770802,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"session_started","version":"0.1.0","pid":20222}}');
INSERT INTO "events" VALUES(14,1795918092.58995,'bcb395cfb3b340a997fc55188dac26c6',1,'heard','{"at":1795918092.58995,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"heard","turn":1,"text":"hello there","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(15,1.79591809259716224671e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'asked','{"at":1795918092.5971622,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"asked","turn":1,"request":"7477f01a-b27a-4911-b483-7ba48ded55ad","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(16,1.79591809259822320936e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'answer_begun','{"at":1795918092.5982232,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(17,1.79591809259865593916e+09,'bcb395cfb3b340a997fc55188dac26c6',NULL,'ready','{"at":1795918092.598656,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(18,1.79591809259896826745e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'replied','{"at":1795918092.5989683,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"replied","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","mind":"builtin","late":false}}');
INSERT INTO "events" VALUES(19,1.79591809289964032172e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'voice_begun','{"at":1795918092.8996403,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(20,1.79591809289973092082e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'sounding','{"at":1795918092.899731,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(21,1.7959180929017083645e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'timed','{"at":1795918092.9017084,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.007212162017822266,"first_answer":0.008273124694824219,"first_audio":0.3096902370452881,"first_sample":0.3097808361053467}}');
INSERT INTO "events" VALUES(22,1.79591809291077780718e+09,'bcb395cfb3b340a997fc55188dac26c6',NULL,'ready','{"at":1795918092.9107778,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(23,1.79591809291079735752e+09,'bcb395cfb3b340a997fc55188dac26c6',1,'spoken','{"at":1795918092.9107974,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"spoken","turn":1,"text":"Hello! You can ask me for the time, the date, or help.","voice":"pico","seconds":4.74}}');
INSERT INTO "events" VALUES(24,1.79591809291253519061e+09,'bcb395cfb3b340a997fc55188dac26c6',NULL,'session_ended','{"at":1795918092.9125352,"session":"bcb395cfb3b340a997fc55188dac26c6","event":{"event":"session_ended","reason":"done"}}');
INSERT INTO "events" VALUES(25,1.79591809638473200801e+09,'c9dbc46e58624f8191ac89eda07ac69b',NULL,'session_started','{"at":1795918096.384732,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"session_started","version":"0.1.0","pid":20247}}');
INSERT INTO "events" VALUES(26,1.79591809639628076549e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'heard','{"at":1795918096.3962808,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"heard","turn":1,"text":"what can you do?","engine":"keyboard","source":"text","language":null,"confidence":null,"said_at":null}}');
INSERT INTO "events" VALUES(27,1.79591809640725541116e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'asked','{"at":1795918096.4072554,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"asked","turn":1,"request":"8ed6e177-0a57-4d34-b626-32e464cc4b9c","mind":"builtin","attempt":1}}');
INSERT INTO "events" VALUES(28,1.79591809640819597242e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'answer_begun','{"at":1795918096.408196,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"answer_begun","turn":1}}');
INSERT INTO "events" VALUES(29,1.79591809640897035601e+09,'c9dbc46e58624f8191ac89eda07ac69b',NULL,'ready','{"at":1795918096.4089704,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"ready","name":"builtin","detail":""}}');
INSERT INTO "events" VALUES(30,1.79591809640916466716e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'replied','{"at":1795918096.4091647,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"replied","turn":1,"text":"I can tell you the time and the date, and otherwise I repeat what I hear. To give me a mind of my own, set the workflow URL in agent dot toml.","mind":"builtin","late":false}}');
INSERT INTO "events" VALUES(31,1.795918096683596611e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'voice_begun','{"at":1795918096.6835966,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(32,1.79591809668366503716e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'sounding','{"at":1795918096.683665,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"sounding","turn":1}}');
INSERT INTO "events" VALUES(33,1.79591809668416810038e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'timed','{"at":1795918096.684168,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"timed","turn":1,"transcript":0.0,"request":0.010974645614624023,"first_answer":0.011915206909179688,"first_audio":0.28731584548950195,"first_sample":0.2873842716217041}}');
INSERT INTO "events" VALUES(34,1.79591809669067502025e+09,'c9dbc46e58624f8191ac89eda07ac69b',NULL,'ready','{"at":1795918096.690675,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"ready","name":"pico","detail":""}}');
INSERT INTO "events" VALUES(35,1.79591809669071388239e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'spoken','{"at":1795918096.690714,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"spoken","turn":1,"text":"I can tell you the time and the date, and otherwise I repeat what I hear.","voice":"pico","seconds":4.596}}');
INSERT INTO "events" VALUES(36,1.79591809681962633138e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'voice_begun','{"at":1795918096.8196263,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"voice_begun","turn":1,"voice":"pico"}}');
INSERT INTO "events" VALUES(37,1.79591809683190560334e+09,'c9dbc46e58624f8191ac89eda07ac69b',1,'spoken','{"at":1795918096.8319056,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"spoken","turn":1,"text":"To give me a mind of my own, set the workflow URL in agent dot toml.","voice":"pico","seconds":5.108}}');
INSERT INTO "events" VALUES(38,1.79591809684046077727e+09,'c9dbc46e58624f8191ac89eda07ac69b',NULL,'session_ended','{"at":1795918096.8404608,"session":"c9dbc46e58624f8191ac89eda07ac69b","event":{"event":"session_ended","reason":"done"}}');
CREATE TABLE "metrics" (
   "id" INTEGER PRIMARY KEY,
   "timestamp" TEXT NOT NULL,
   "metric_name" TEXT NOT NULL,
   "metric_value" REAL,
   "metadata" TEXT NOT NULL
);
INSERT INTO "metrics" VALUES(1,'2026-11-29T02:08:09.578Z','latency.transcript',0.0,'{"turn":1,"session_id":"9f89f03005184811958952a61bec1e79"}');
INSERT INTO "metrics" VALUES(2,'2026-11-29T02:08:09.578Z','latency.request',1.66904926300048828125e-02,'{"turn":1,"session_id":"9f89f03005184811958952a61bec1e79"}');
INSERT INTO "metrics" VALUES(3,'2026-11-29T02:08:09.578Z','latency.first_answer',2.238750457763671875e-02,'{"turn":1,"session_id":"9f89f03005184811958952a61bec1e79"}');
INSERT INTO "metrics" VALUES(4,'2026-11-29T02:08:09.578Z','latency.first_audio',6.3121318817138671875e-02,'{"turn":1,"session_id":"9f89f03005184811958952a61bec1e79"}');
INSERT INTO "metrics" VALUES(5,'2026-11-29T02:08:09.578Z','latency.first_sample',6.31687641143798828125e-02,'{"turn":1,"session_id":"9f89f03005184811958952a61bec1e79"}');
INSERT INTO "metrics" VALUES(6,'2026-11-29T02:08:12.901Z','latency.transcript',0.0,'{"turn":1,"session_id":"bcb395cfb3b340a997fc55188dac26c6"}');
INSERT INTO "metrics" VALUES(7,'2026-11-29T02:08:12.901Z','latency.request',7.212162017822265625e-03,'{"turn":1,"session_id":"bcb395cfb3b340a997fc55188dac26c6"}');
INSERT INTO "metrics" VALUES(8,'2026-11-29T02:08:12.901Z','latency.first_answer',8.27312469482421875e-03,'{"turn":1,"session_id":"bcb395cfb3b340a997fc55188dac26c6"}');
INSERT INTO "metrics" VALUES(9,'2026-11-29T02:08:12.901Z','latency.first_audio',3.09690237045288085937e-01,'{"turn":1,"session_id":"bcb395cfb3b340a997fc55188dac26c6"}');
INSERT INTO "metrics" VALUES(10,'2026-11-29T02:08:12.901Z','latency.first_sample',3.09780836105346679687e-01,'{"turn":1,"session_id":"bcb395cfb3b340a997fc55188dac26c6"}');
INSERT INTO "metrics" VALUES(11,'2026-11-29T02:08:16.684Z','latency.transcript',0.0,'{"turn":1,"session_id":"c9dbc46e58624f8191ac89eda07ac69b"}');
INSERT INTO "metrics" VALUES(12,'2026-11-29T02:08:16.684Z','latency.request',1.09746456146240234375e-02,'{"turn":1,"session_id":"c9dbc46e58624f8191ac89eda07ac69b"}');
INSERT INTO "metrics" VALUES(13,'2026-11-29T02:08:16.684Z','latency.first_answer',1.19152069091796875e-02,'{"turn":1,"session_id":"c9dbc46e58624f8191ac89eda07ac69b"}');
INSERT INTO "metrics" VALUES(14,'2026-11-29T02:08:16.684Z','latency.first_audio',2.87315845489501953125e-01,'{"turn":1,"session_id":"c9dbc46e58624f8191ac89eda07ac69b"}');
INSERT INTO "metrics" VALUES(15,'2026-11-29T02:08:16.684Z','latency.first_sample',2.87384271621704101562e-01,'{"turn":1,"session_id":"c9dbc46e58624f8191ac89eda07ac69b"}');
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
INSERT INTO "outbox" VALUES(1,'89c45d02-c0f8-44c9-a6f2-2358da61ae63','mind','{"id":"89c45d02-c0f8-44c9-a6f2-2358da61ae63","turn":1,"session":"9f89f03005184811958952a61bec1e79","text":"what time is it?","asked_at":1795918089.5147216,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:08:09.514Z',0,NULL,'answered','2026-11-29T02:08:09.551Z');
INSERT INTO "outbox" VALUES(2,'7477f01a-b27a-4911-b483-7ba48ded55ad','mind','{"id":"7477f01a-b27a-4911-b483-7ba48ded55ad","turn":1,"session":"bcb395cfb3b340a997fc55188dac26c6","text":"hello there","asked_at":1795918092.5901737,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:08:12.590Z',0,NULL,'answered','2026-11-29T02:08:12.615Z');
INSERT INTO "outbox" VALUES(3,'8ed6e177-0a57-4d34-b626-32e464cc4b9c','mind','{"id":"8ed6e177-0a57-4d34-b626-32e464cc4b9c","turn":1,"session":"c9dbc46e58624f8191ac89eda07ac69b","text":"what can you do?","asked_at":1795918096.396466,"source":"text","language":null,"confidence":null,"replay":false,"context":[]}','2026-11-29T02:08:16.396Z',0,NULL,'answered','2026-11-29T02:08:16.416Z');
CREATE INDEX "idx_conversations_session_id_timestamp"
    ON "conversations" ("session_id", "timestamp");
CREATE INDEX "idx_conversations_type"
    ON "conversations" ("type");
CREATE INDEX "idx_metrics_metric_name_timestamp"
    ON "metrics" ("metric_name", "timestamp");
CREATE INDEX "idx_events_session_id_type_turn"
    ON "events" ("session_id", "type", "turn");
CREATE INDEX idx_outbox_pending ON outbox (lane, seq) WHERE state = 'pending';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
COMMIT;
