-- What is made over GovernanceService. What the configuration file declares is not here.
create table teams (
  id text collate "C" constraint teams_pkey primary key,
  models text[] not null,
  create_time timestamptz not null,
  update_time timestamptz not null
);

-- No foreign key to teams: a key may belong to a team that the file declares.
create table virtual_keys (
  id text collate "C" constraint virtual_keys_pkey primary key,
  team text collate "C" not null,
  secret_sha256 bytea not null
    constraint virtual_keys_secret_sha256_key unique
    constraint virtual_keys_secret_sha256_check check (length(secret_sha256) = 32),
  -- The first characters of the secret.
  hint text not null,
  create_time timestamptz not null,
  expire_time timestamptz,
  revoke_time timestamptz,
  tags jsonb not null
);

create index virtual_keys_team on virtual_keys (team);

-- One row, raised by every change of the tables above, in the same transaction: how one replica learns of what another did.
create table revisions (
  singleton boolean constraint revisions_pkey primary key constraint revisions_singleton_check check (singleton),
  revision bigint not null
);

insert into revisions (singleton, revision) values (true, 1);
