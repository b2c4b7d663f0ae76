import { showKeys } from './commands.ts';

export function Keys({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {showKeys(keys).map((key) => (
        <kbd key={key} className="key">
          {key}
        </kbd>
      ))}
    </span>
  );
}
