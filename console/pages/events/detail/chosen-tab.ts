import { signal } from '@preact/signals'
import { change } from '../../../app/router.js'

export type Tab = 'special' | 'tree' | 'raw' | 'hex' | 'cloudevent' | 'related' | 'diff'

/** The tab that was chosen last stays, for events that have it. While an event is open, it is in the address. */
export const chosenTab = signal<string | undefined>(undefined)

export function chooseTab(tab: Tab): void {
  chosenTab.value = tab
  change({ tab })
}
