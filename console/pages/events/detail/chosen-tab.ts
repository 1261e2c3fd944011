import { signal } from '@preact/signals'
import { change } from '../../../app/router.js'

/** Those that all events have. */
export const usualTabs = ['tree', 'raw', 'hex', 'cloudevent', 'related', 'diff'] as const
export type Tab = 'special' | (typeof usualTabs)[number]

/** The tab that was chosen last stays, for events that have it. While an event is open, it is in the address. */
export const chosenTab = signal<string | undefined>(undefined)

export function chooseTab(tab: Tab): void {
  chosenTab.value = tab
  change({ tab })
}
