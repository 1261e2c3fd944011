/** States of hosts, the worst first, which is the order of the list too. */
export const hostStates = ['critical', 'error', 'silent', 'warning', 'fine', 'quiet', 'left'] as const
export type HostState = (typeof hostStates)[number]

/** By the levels of `hosts.map`: severities, events that say none, no event, silent, left. */
const byLevel: readonly HostState[] = [
  ...(['critical', 'critical', 'critical', 'error', 'warning', 'fine', 'fine', 'fine'] as const),
  ...(['fine', 'quiet', 'silent', 'left'] as const),
]

export function stateAt(level: number): HostState {
  return byLevel[level] ?? 'quiet'
}

/** Each has its own shape: colours are not needed to tell them apart. */
export const shapes: Readonly<Record<HostState, string>> = {
  critical: '✖',
  error: '✕',
  silent: '□',
  warning: '▲',
  fine: '●',
  quiet: '○',
  left: '·',
}
