import { signal } from '@preact/signals'

export type Tab = 'special' | 'tree' | 'raw' | 'hex' | 'cloudevent' | 'related' | 'diff'

/** The tab that was chosen last stays, for events that have it. */
export const chosenTab = signal<Tab | undefined>(undefined)
