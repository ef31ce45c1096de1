BEGIN TRANSACTION;
CREATE TABLE chat_limits (
	channel VARCHAR(32) NOT NULL, 
	chat_id BIGINT NOT NULL, 
	family VARCHAR(16) NOT NULL, 
	slowness FLOAT NOT NULL, 
	closed_for FLOAT NOT NULL, 
	learned_at DATETIME NOT NULL, 
	PRIMARY KEY (channel, chat_id, family)
);
INSERT INTO "chat_limits" VALUES('telegram',-1007,'messages',16.0,1000000000.0,'2026-11-30 19:06:18.304195');
INSERT INTO "chat_limits" VALUES('telegram',-1007,'drafts',4.0,1000000000.0,'2026-11-30 19:06:18.304195');
INSERT INTO "chat_limits" VALUES('telegram',-1002002,'messages',8.0,1000000000.0,'2026-11-30 19:06:18.311974');
CREATE TABLE chat_moves (
	channel VARCHAR(32) NOT NULL, 
	chat_id BIGINT NOT NULL, 
	moved_to BIGINT NOT NULL, 
	PRIMARY KEY (channel, chat_id)
);
INSERT INTO "chat_moves" VALUES('telegram',-2002,-1002002);
CREATE TABLE chat_settings (
	channel VARCHAR(32) NOT NULL, 
	chat_id BIGINT NOT NULL, 
	thread_id BIGINT NOT NULL, 
	reasoning VARCHAR(16), 
	model VARCHAR(64) NOT NULL, 
	voice BOOLEAN, 
	PRIMARY KEY (channel, chat_id, thread_id)
);
INSERT INTO "chat_settings" VALUES('telegram',1001,0,'show','clever',1);
INSERT INTO "chat_settings" VALUES('telegram',-1007,5,'hide','',NULL);
INSERT INTO "chat_settings" VALUES('telegram',-1002002,0,NULL,'clever',NULL);
CREATE TABLE utterances (
	id INTEGER NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	chat_id BIGINT NOT NULL, 
	thread_id BIGINT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	parts TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "utterances" VALUES(1,'telegram',1001,0,'user','what time?','2026-11-30 19:06:18.216798',NULL);
INSERT INTO "utterances" VALUES(2,'telegram',1001,0,'assistant','Wait.','2026-11-30 19:06:18.216798','{"origin": "m@host", "parts": [{"kind": "words", "text": "Wait.", "raw": null}, {"kind": "thought", "text": "Hm.", "raw": null}, {"kind": "call", "call_id": "1", "name": "clock", "arguments": "{}", "raw": "{\"x\": 1}"}]}');
INSERT INTO "utterances" VALUES(3,'telegram',1001,0,'tool','noon','2026-11-30 19:06:18.216798','{"call_id": "1", "name": "clock", "ok": true}');
INSERT INTO "utterances" VALUES(4,'telegram',1001,0,'assistant','Noon.','2026-11-30 19:06:18.216798','{"origin": "", "parts": [{"kind": "words", "text": "Noon.", "raw": null}]}');
INSERT INTO "utterances" VALUES(5,'telegram',-1007,0,'user','[from "Anna"]
hello','2026-11-30 19:06:18.224153','{"speaker": {"id": 1001, "name": "Anna", "kind": "person"}}');
INSERT INTO "utterances" VALUES(6,'telegram',-1007,0,'assistant','hi','2026-11-30 19:06:18.224153',NULL);
INSERT INTO "utterances" VALUES(7,'telegram',-1007,0,'user','[from "the chat"]
who?','2026-11-30 19:06:18.224153','{"speaker": {"id": 0, "name": "Team", "kind": "hidden"}}');
INSERT INTO "utterances" VALUES(8,'telegram',-1007,5,'user','in a topic','2026-11-30 19:06:18.227079',NULL);
INSERT INTO "utterances" VALUES(9,'telegram',-1007,5,'assistant','there','2026-11-30 19:06:18.227079',NULL);
INSERT INTO "utterances" VALUES(10,'telegram',-1002002,0,'user','before the move','2026-11-30 19:06:18.228881',NULL);
INSERT INTO "utterances" VALUES(11,'telegram',-1002002,0,'assistant','still here','2026-11-30 19:06:18.228881',NULL);
INSERT INTO "utterances" VALUES(12,'telegram',-1002002,0,'user','after the move','2026-11-30 19:06:18.328016',NULL);
CREATE INDEX conversation ON utterances (channel, chat_id, thread_id, id);
COMMIT;
