import { signal } from '@preact/signals'

const OFF_KEY = 'tocsin.keys.off'

/** True if single characters are keys of the page. People that speak to the browser may switch them off, which it remembers. */
export const areSingleKeysOn = signal(readSetting())
/** True while the list of all keys is shown. */
export const areKeysListed = signal(false)

function readSetting(): boolean {
  try {
    return localStorage.getItem(OFF_KEY) === null
  } catch {
    // The browser may allow no storage.
    return true
  }
}

export function switchSingleKeys(on: boolean): void {
  areSingleKeysOn.value = on
  try {
    if (on) localStorage.removeItem(OFF_KEY)
    else localStorage.setItem(OFF_KEY, '')
  } catch {
    // It is forgotten when the page is left.
  }
}

/** Space, and keys with names, stay. */
export function isSwitchedOff(key: string): boolean {
  return !areSingleKeysOn.peek() && key.length === 1 && key !== ' '
}
