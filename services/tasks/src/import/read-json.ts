import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { problems } from '../problems.ts';

/**
 * Reads a JSON file of an expected shape; members that the schema does not name are ignored.
 * @throws Problem 422 that says where the file is not as expected
 */
export function readJson<T extends TSchema>(content: string, schema: T, what: string): Static<T> {
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch {
    throw problems.import_unreadable(`The file is not JSON: expected ${what}`);
  }
  if (Value.Check(schema, data)) return data as Static<T>;
  const [error] = Value.Errors(schema, data);
  throw problems.import_unreadable(`The file is not ${what}: ${error?.instancePath || 'its top level'} ${error?.message ?? ''}`);
}
