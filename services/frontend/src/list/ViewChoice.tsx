import { setSearch } from '../router/router.tsx';
import './view-choice.css';

/** One of several ways to look at something, kept in the address. */
export function ViewChoice({
  name,
  label,
  value,
  options,
}: {
  name: string;
  label: string;
  value: string;
  options: Array<[id: string, name: string]>;
}) {
  return (
    <label className="view-choice">
      <span className="filter-name">{label}</span>
      <select aria-label={label} value={value} onChange={(event) => setSearch({ [name]: event.target.value })}>
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
