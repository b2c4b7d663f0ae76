import postgres from 'postgres';

/**
 * One database and one role per service, and no service can open another's. Made when missing; the role's password is set
 * to the given one, so that it always fits the secret file.
 * @returns the address for the service
 */
export async function prepareDatabase(adminUrl: string, name: string, password: string): Promise<string> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const quoted = `"${name}"`;
  try {
    const [role] = await sql`select 1 from pg_roles where rolname = ${name}`;
    await sql.unsafe(`${role ? 'alter' : 'create'} role ${quoted} login password '${password}'`);
    const [database] = await sql`select 1 from pg_database where datname = ${name}`;
    if (!database) await sql.unsafe(`create database ${quoted} owner ${quoted}`);
    await sql.unsafe(`revoke all on database ${quoted} from public`);
  } finally {
    await sql.end();
  }
  const url = new URL(adminUrl);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return url.href;
}
