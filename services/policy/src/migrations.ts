/** The schema and where its files are. */
export const policyMigrations = { schema: "policy", migrations: new URL("../migrations/", import.meta.url) } as const;
