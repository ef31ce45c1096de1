CREATE TABLE public.chat_limits (
    channel character varying(32) NOT NULL,
    chat_id bigint NOT NULL,
    family character varying(16) NOT NULL,
    slowness double precision NOT NULL,
    closed_for double precision NOT NULL,
    learned_at timestamp with time zone NOT NULL
);
CREATE TABLE public.chat_moves (
    channel character varying(32) NOT NULL,
    chat_id bigint NOT NULL,
    moved_to bigint NOT NULL
);
CREATE TABLE public.chat_settings (
    channel character varying(32) NOT NULL,
    chat_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    reasoning character varying(16),
    model character varying(64) NOT NULL,
    voice boolean
);
CREATE TABLE public.utterances (
    id bigint NOT NULL,
    channel character varying(32) NOT NULL,
    chat_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    role character varying(16) NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    parts text
);
CREATE SEQUENCE public.utterances_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.utterances_id_seq OWNED BY public.utterances.id;
ALTER TABLE ONLY public.utterances ALTER COLUMN id SET DEFAULT nextval('public.utterances_id_seq'::regclass);
INSERT INTO public.chat_limits VALUES ('telegram', -1007, 'messages', 16, 1000000000, '2026-11-30 19:10:08.796234+00');
INSERT INTO public.chat_limits VALUES ('telegram', -1007, 'drafts', 4, 1000000000, '2026-11-30 19:10:08.796234+00');
INSERT INTO public.chat_limits VALUES ('telegram', -1002002, 'messages', 8, 1000000000, '2026-11-30 19:10:08.828054+00');
INSERT INTO public.chat_moves VALUES ('telegram', -2002, -1002002);
INSERT INTO public.chat_settings VALUES ('telegram', 1001, 0, 'show', 'clever', true);
INSERT INTO public.chat_settings VALUES ('telegram', -1007, 5, 'hide', '', NULL);
INSERT INTO public.chat_settings VALUES ('telegram', -1002002, 0, NULL, 'clever', NULL);
INSERT INTO public.utterances VALUES (1, 'telegram', 1001, 0, 'user', 'what time?', '2026-11-30 19:10:08.646076+00', NULL);
INSERT INTO public.utterances VALUES (2, 'telegram', 1001, 0, 'assistant', 'Wait.', '2026-11-30 19:10:08.646076+00', '{"origin": "m@host", "parts": [{"kind": "words", "text": "Wait.", "raw": null}, {"kind": "thought", "text": "Hm.", "raw": null}, {"kind": "call", "call_id": "1", "name": "clock", "arguments": "{}", "raw": "{\"x\": 1}"}]}');
INSERT INTO public.utterances VALUES (3, 'telegram', 1001, 0, 'tool', 'noon', '2026-11-30 19:10:08.646076+00', '{"call_id": "1", "name": "clock", "ok": true}');
INSERT INTO public.utterances VALUES (4, 'telegram', 1001, 0, 'assistant', 'Noon.', '2026-11-30 19:10:08.646076+00', '{"origin": "", "parts": [{"kind": "words", "text": "Noon.", "raw": null}]}');
INSERT INTO public.utterances VALUES (5, 'telegram', -1007, 0, 'user', '[from "Anna"]
hello', '2026-11-30 19:10:08.684129+00', '{"speaker": {"id": 1001, "name": "Anna", "kind": "person"}}');
INSERT INTO public.utterances VALUES (6, 'telegram', -1007, 0, 'assistant', 'hi', '2026-11-30 19:10:08.684129+00', NULL);
INSERT INTO public.utterances VALUES (7, 'telegram', -1007, 0, 'user', '[from "the chat"]
who?', '2026-11-30 19:10:08.684129+00', '{"speaker": {"id": 0, "name": "Team", "kind": "hidden"}}');
INSERT INTO public.utterances VALUES (8, 'telegram', -1007, 5, 'user', 'in a topic', '2026-11-30 19:10:08.691932+00', NULL);
INSERT INTO public.utterances VALUES (9, 'telegram', -1007, 5, 'assistant', 'there', '2026-11-30 19:10:08.691932+00', NULL);
INSERT INTO public.utterances VALUES (10, 'telegram', -1002002, 0, 'user', 'before the move', '2026-11-30 19:10:08.712006+00', NULL);
INSERT INTO public.utterances VALUES (11, 'telegram', -1002002, 0, 'assistant', 'still here', '2026-11-30 19:10:08.712006+00', NULL);
INSERT INTO public.utterances VALUES (12, 'telegram', -1002002, 0, 'user', 'after the move', '2026-11-30 19:10:08.923983+00', NULL);
SELECT pg_catalog.setval('public.utterances_id_seq', 12, true);
ALTER TABLE ONLY public.chat_limits
    ADD CONSTRAINT chat_limits_pkey PRIMARY KEY (channel, chat_id, family);
ALTER TABLE ONLY public.chat_moves
    ADD CONSTRAINT chat_moves_pkey PRIMARY KEY (channel, chat_id);
ALTER TABLE ONLY public.chat_settings
    ADD CONSTRAINT chat_settings_pkey PRIMARY KEY (channel, chat_id, thread_id);
ALTER TABLE ONLY public.utterances
    ADD CONSTRAINT utterances_pkey PRIMARY KEY (id);
CREATE INDEX conversation ON public.utterances USING btree (channel, chat_id, thread_id, id);
