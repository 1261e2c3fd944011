import { useLayoutEffect, useRef } from 'preact/hooks'
import type { keyStrings } from '../strings/keys.js'
import { isSwitchedOff } from './single-keys.js'

/** The action of a key, for the list of keys. */
export interface KeyBinding {
  /** As in `KeyboardEvent.key`. */
  readonly key: string
  readonly label: keyof typeof keyStrings
  run(event: KeyboardEvent): void
}

type Group = { current: readonly KeyBinding[] }

/** Bindings of everything that is shown; the latest goes first. */
const onPage: Group[] = []
/** They are above the page, also above what it shows later. */
const inDialogs: Group[] = []

addEventListener('keydown', (event) => {
  if (isPageHidden()) return
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (isSwitchedOff(event.key)) return
  if (event.key !== 'Escape' && (isTyping(event.target) || isElsewhere(event))) return
  // Buttons and links have their own meaning for these.
  if ((event.key === 'Enter' || event.key === ' ') && isControl(event.target)) return
  for (const group of fromTop()) {
    const binding = group.current.find(({ key }) => key === event.key)
    if (binding === undefined) continue
    event.preventDefault()
    binding.run(event)
    return
  }
})

/** Binds keys while the component is shown. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  useGroup(onPage, bindings)
}

/** Binds keys of a dialog while it is shown. */
export function useDialogKeys(bindings: readonly KeyBinding[]): void {
  useGroup(inDialogs, bindings)
}

/** All keys that do something now, each once. */
export function boundKeys(): KeyBinding[] {
  const byKey = new Map<string, KeyBinding>()
  for (const group of fromTop())
    for (const binding of group.current) if (!byKey.has(binding.key)) byKey.set(binding.key, binding)
  return [...byKey.values()]
}

function useGroup(groups: Group[], bindings: readonly KeyBinding[]): void {
  const group = useRef(bindings)
  group.current = bindings
  // At once: what replaces a dialog on the screen has its keys too.
  useLayoutEffect(() => {
    groups.push(group)
    return () => void groups.splice(groups.indexOf(group), 1)
  }, [])
}

function fromTop(): Group[] {
  return [...onPage, ...inDialogs].toReversed()
}

/** The page waits while its person is asked to log in again. */
function isPageHidden(): boolean {
  return document.querySelector('.shell[hidden]') !== null
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}

/** A dialog above the page has the keys, and an element that can be scrolled has those that scroll it. */
function isElsewhere({ key, target }: KeyboardEvent): boolean {
  if (key !== '?' && document.querySelector('.sheet') !== null) return true
  return /^(Arrow|Page)/.test(key) && (target as Element).closest?.('[role="tabpanel"]') != null
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role="tab"]') !== null
}
