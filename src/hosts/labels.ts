import { globTest } from '../filter/glob-bits.js'
import type { HostsConfig } from './config.js'

export type LabelsOf = (name: string) => Record<string, string>

/** Labels of hosts by the configuration; those of later globs go before. */
export function labelsOf({ labels }: Pick<HostsConfig, 'labels'>): LabelsOf {
  const all = Object.entries(labels).map(([pattern, labels]) => ({ test: globTest(pattern), labels }))
  return (name) => Object.assign({}, ...all.filter(({ test }) => test(name)).map(({ labels }) => labels))
}
