import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { count, schemaOf, time } from '../schema-of.js'

const level = () => count().meta({ description: 'Number of configured thresholds reached.' })
const percent = () => z.number().min(0)
const bytes = count

/** A part that cannot be read is absent. */
const hostSystem = () =>
  z.object({
    hostname: z.string().optional(),
    os: z.string(),
    kernel: z.string(),
    architecture: z.string(),
    processors: count(),
    memory: bytes().optional(),
    bootId: z.string().optional(),
    bootTime: time().optional(),
    /** s */
    uptime: z.number().optional(),
    interfaces: z
      .array(z.object({ interface: z.string(), up: z.boolean(), addresses: z.array(z.string()) }))
      .optional(),
  })
export type HostSystem = z.infer<ReturnType<typeof hostSystem>>

const hostBoot = () => z.object({ bootId: z.string(), bootTime: time(), kernel: z.string() })
export type HostBoot = z.infer<ReturnType<typeof hostBoot>>

const hostLoad = () =>
  z.object({
    load1: z.number(),
    load5: z.number(),
    load15: z.number(),
    running: count(),
    tasks: count(),
    processors: count(),
    level: level(),
  })
export type HostLoad = z.infer<ReturnType<typeof hostLoad>>

const hostMemory = () =>
  z.object({
    total: bytes(),
    available: bytes(),
    used: bytes(),
    usedPercent: percent(),
    level: level(),
  })
export type HostMemory = z.infer<ReturnType<typeof hostMemory>>

const hostSwap = () =>
  z.object({
    total: bytes(),
    free: bytes(),
    used: bytes(),
    usedPercent: percent(),
    level: level(),
  })
export type HostSwap = z.infer<ReturnType<typeof hostSwap>>

const hostDisk = () =>
  z.object({
    mount: z.string(),
    device: z.string(),
    filesystem: z.string(),
    total: bytes(),
    available: bytes(),
    used: bytes(),
    usedPercent: percent(),
    inodesUsedPercent: percent(),
    level: level(),
  })
export type HostDisk = z.infer<ReturnType<typeof hostDisk>>

const hostDiskGone = () => hostDisk().pick({ mount: true, device: true, filesystem: true })
export type HostDiskGone = z.infer<ReturnType<typeof hostDiskGone>>

const hostInterface = () =>
  z.object({
    interface: z.string(),
    change: z.enum(['up', 'down', 'added', 'removed']),
    up: z.boolean(),
    state: z.string(),
    address: z.string(),
    mtu: count(),
  })
export type HostInterface = z.infer<ReturnType<typeof hostInterface>>

const hostAddress = () =>
  z.object({
    interface: z.string(),
    change: z.enum(['added', 'removed']),
    address: z.string().meta({ description: 'With the prefix length, such as 192.0.2.1/24.' }),
    family: z.enum(['IPv4', 'IPv6']),
  })
export type HostAddress = z.infer<ReturnType<typeof hostAddress>>

const session = () => ({
  user: z.string(),
  line: z.string(),
  host: z.string(),
  pid: count(),
})
const hostLogin = () => z.object({ ...session(), at: time() })
export type HostLogin = z.infer<ReturnType<typeof hostLogin>>

const hostLogout = () => z.object({ ...session(), since: time(), at: time() })
export type HostLogout = z.infer<ReturnType<typeof hostLogout>>

const hostProcess = () =>
  z.object({
    name: z.string(),
    change: z.enum(['started', 'exited']),
    pid: count(),
    parent: count(),
    since: time(),
  })
export type HostProcess = z.infer<ReturnType<typeof hostProcess>>

/** The events that the source `system` publishes. */
export const systemTypes = defineTypes([
  {
    type: 'host.system',
    tags: ['host/*/system/facts'],
    summary: 'Description of this host, published when the hub starts and when it changes.',
    display: '{os} {kernel}, {processors} processors[, {memory|bytes}][, up {uptime|seconds}]',
    schema: () => schemaOf(hostSystem()),
  },
  {
    type: 'host.boot',
    tags: ['host/*/system/boot'],
    summary: 'The host was restarted.',
    display: 'booted {bootTime}, kernel {kernel}',
    schema: () => schemaOf(hostBoot()),
  },
  {
    type: 'host.load',
    tags: ['host/*/system/load'],
    summary: 'Load averages of the host.',
    display: '{load1} {load5} {load15}, {running} of {tasks} tasks running',
    schema: () => schemaOf(hostLoad()),
  },
  {
    type: 'host.memory',
    tags: ['host/*/system/memory'],
    summary: 'Memory use, in bytes.',
    display: '{usedPercent|percent} of {total|bytes}',
    schema: () => schemaOf(hostMemory()),
  },
  {
    type: 'host.swap',
    tags: ['host/*/system/swap'],
    summary: 'Swap use, in bytes.',
    display: '{usedPercent|percent} of {total|bytes}',
    schema: () => schemaOf(hostSwap()),
  },
  {
    type: 'host.disk',
    tags: ['host/*/system/disk/*'],
    summary: 'Use of a mounted file system, in bytes.',
    display: '{mount} {usedPercent|percent} of {total|bytes}',
    schema: () => schemaOf(hostDisk()),
    correlation: ['data.mount'],
  },
  {
    type: 'host.disk.gone',
    tags: ['host/*/system/disk/*/gone'],
    summary: 'A file system was unmounted, or its use is reported under another mount point from now on.',
    display: '{mount} ({device}, {filesystem}) is gone',
    schema: () => schemaOf(hostDiskGone()),
    correlation: ['data.mount'],
  },
  {
    type: 'host.interface',
    tags: ['up', 'down', 'added', 'removed'].map((change) => `host/*/system/interface/*/${change}`),
    summary: 'A network interface went up or down, appeared or disappeared.',
    display: '{interface} {change}[, {address}]',
    schema: () => schemaOf(hostInterface()),
    correlation: ['data.interface'],
  },
  {
    type: 'host.address',
    tags: ['added', 'removed'].map((change) => `host/*/system/address/*/${change}`),
    summary: 'An address was added to a network interface or removed from it.',
    display: '{address} {change}, {interface}',
    schema: () => schemaOf(hostAddress()),
    correlation: ['data.interface', 'data.address'],
  },
  {
    type: 'host.login',
    tags: ['host/*/system/login/*'],
    summary: 'A user logged in.',
    display: '{user} logged in[ on {line}][ from {host}]',
    schema: () => schemaOf(hostLogin()),
    correlation: ['data.user', 'data.line'],
  },
  {
    type: 'host.logout',
    tags: ['host/*/system/logout/*'],
    summary: 'Somebody logged out, or was logged in when the host went down.',
    display: '{user} logged out[ on {line}][ from {host}]',
    schema: () => schemaOf(hostLogout()),
    correlation: ['data.user', 'data.line'],
  },
  {
    type: 'host.process',
    tags: ['started', 'exited'].map((change) => `host/*/system/process/*/${change}`),
    summary: 'A watched process started or exited.',
    display: '{name} {change}, pid {pid}',
    schema: () => schemaOf(hostProcess()),
    correlation: ['data.pid'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.system': HostSystem
    'host.boot': HostBoot
    'host.load': HostLoad
    'host.memory': HostMemory
    'host.swap': HostSwap
    'host.disk': HostDisk
    'host.disk.gone': HostDiskGone
    'host.interface': HostInterface
    'host.address': HostAddress
    'host.login': HostLogin
    'host.logout': HostLogout
    'host.process': HostProcess
  }
}
