-- Whether the exact requests to providers that a key's requests lead to are kept for a while.
alter table virtual_keys add column capture_raw boolean not null default false;
