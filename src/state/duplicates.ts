/** Whether a name stands in the list before; for `find` and `filter`. */
export const isDuplicate = <Name>(name: Name, at: number, names: readonly Name[]): boolean =>
  names.indexOf(name) < at;
