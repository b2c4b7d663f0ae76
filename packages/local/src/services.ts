/** What runs on one machine, in the order in which it is shown. */
export const services = [
  {
    name: 'auth',
    port: 5000,
    database: true,
    secrets: ['jwt-secret', 'admin-password', 'gateway-api-key', 'tasks-api-key', 'audit-api-key'],
  },
  { name: 'audit-sidecar', port: 9090, database: true, secrets: ['audit-signing-key', 'audit-api-key'] },
  { name: 'tasks', port: 8081, database: true, secrets: ['tasks-api-key', 'notifications-api-key'] },
  { name: 'health-checker', port: 9091, database: false, secrets: ['tasks-api-key'] },
  { name: 'notifications', port: 3001, database: true, secrets: ['notifications-api-key', 'notifications-signing-key'] },
  { name: 'metrics', port: 5001, database: true, secrets: ['tasks-api-key', 'gateway-api-key'] },
  { name: 'gateway', port: 3000, database: false, secrets: ['gateway-api-key'] },
] as const;

export type Service = (typeof services)[number];
export type ServiceName = Service['name'];

export const FRONTEND_PORT = 8080;
/** The operational port of a service is its port plus this. */
export const OPERATIONS = 1000;

/** File name of a service's database address in its secrets folder. */
export const databaseSecret = ({ name }: Service): string => (name === 'audit-sidecar' ? 'audit-database-url' : 'database-url');
