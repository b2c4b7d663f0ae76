/** Days of a project in a time zone; both ends are included. */
export interface Period {
  projectId: string;
  from: string;
  to: string;
  timeZone: string;
}
