import { isUtc, UTC_KEY } from './moments.js'

/** Shows all times in UTC, or in the time zone of the browser. */
export function showUtc(wanted: boolean): void {
  isUtc.value = wanted
  try {
    if (wanted) localStorage.setItem(UTC_KEY, '')
    else localStorage.removeItem(UTC_KEY)
  } catch {
    // It is forgotten when the page is left.
  }
}
