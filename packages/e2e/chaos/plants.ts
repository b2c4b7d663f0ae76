import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bugs put into tasks on purpose: the checker must find each. `PLANT=if-match npm run chaos` */
const PLANTS: Record<string, { from: string; to: string }> = {
  /** a change is carried out whatever version its writer saw */
  'if-match': { from: 'and t.version = $' + '{version}', to: 'and $' + '{version}::int is not null' },
  /** readers of the feed do not wait for transactions that still run, so that one that commits late is skipped */
  'read-order': { from: 'and xid < pg_snapshot_xmin(pg_current_snapshot())', to: '' },
};

/** In SQL: now and then an event is not written, as when a process dies between a commit and an outbox that is not part of it. */
export const LOSE_EVENTS = `
  create function lose_some_events() returns trigger language plpgsql as $$
  begin
    if new.type = 'task.updated' and random() < 0.02 then return null; end if;
    return new;
  end $$;
  create trigger lose_some_events before insert on events for each row execute function lose_some_events()`;

/** @returns NODE_OPTIONS that change the code of tasks while it is loaded */
export function plantOptions(name: string, folder: string): string {
  const plant = PLANTS[name];
  if (!plant) throw new Error(`there is no bug ${name} to plant: expected ${[...Object.keys(PLANTS), 'outbox'].join(', ')}`);
  const file = join(folder, 'plant.mjs');
  writeFileSync(
    file,
    `import { registerHooks } from 'node:module';
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (!url.endsWith('/services/tasks/dist/main.js')) return loaded;
        const source = String(loaded.source);
        if (!source.includes(${JSON.stringify(plant.from)})) throw new Error('the place for the bug is gone');
        return { ...loaded, source: source.replaceAll(${JSON.stringify(plant.from)}, ${JSON.stringify(plant.to)}) };
      },
    });`,
  );
  return `--import ${file}`;
}
