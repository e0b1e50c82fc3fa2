/** The schema and where its files are. */
export const adapterMigrations = { schema: "adapter", migrations: new URL("../migrations/", import.meta.url) } as const;
