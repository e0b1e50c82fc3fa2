-- For an empty PostgreSQL 15 or newer, run once by psql as its superuser: a schema and a role for each service that keeps something. A role
-- owns its schema, brings it up to date itself, and can neither read the others' nor create anything outside of its own.
-- The passwords come from the environment of psql.
\getenv policy_password SLUICE_POLICY_DB_PASSWORD
\getenv cache_password SLUICE_CACHE_DB_PASSWORD
\getenv billing_password SLUICE_BILLING_DB_PASSWORD
\getenv adapter_password SLUICE_ADAPTER_DB_PASSWORD

create role sluice_policy login password :'policy_password' connection limit 100;
create role sluice_cache login password :'cache_password' connection limit 100;
create role sluice_billing login password :'billing_password' connection limit 100;
create role sluice_adapter login password :'adapter_password' connection limit 100;

revoke all on database :"DBNAME" from public;
grant connect on database :"DBNAME" to sluice_policy, sluice_cache, sluice_billing, sluice_adapter;
revoke all on schema public from public;

create schema policy authorization sluice_policy;
create schema cache authorization sluice_cache;
create schema billing authorization sluice_billing;
create schema adapter authorization sluice_adapter;
