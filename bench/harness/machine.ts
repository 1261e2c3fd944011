import { cpus, loadavg, release, totalmem } from 'node:os'

/** Describes the machine on which the figures were measured. */
export function describeMachine(): string {
  const processors = cpus()
  return [
    new Date().toISOString(),
    `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    `load ${loadavg()[0].toFixed(1)}`,
  ].join(' · ')
}
