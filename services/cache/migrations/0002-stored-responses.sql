-- Logged, unlike entries: a conversation cannot be had again from a provider.
create table stored_responses (
  team text not null,
  response_id text not null,
  response_json bytea not null,
  input_json bytea not null,
  item_ids text[] not null default '{}',
  create_time timestamptz not null,
  expire_time timestamptz not null,
  constraint stored_responses_pkey primary key (team, response_id)
);

create index stored_responses_item_ids_idx on stored_responses using gin (item_ids);
create index stored_responses_expire_time_idx on stored_responses (expire_time);
