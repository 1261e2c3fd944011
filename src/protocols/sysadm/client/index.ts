export { TocsinError } from '../../../errors/tocsin-error.js'
export type { JobRefusal, LogEntries, LogsAsked, RegisteredKey, SysadmJob, SysadmLog } from './calls.js'
export { Dispatcher, KeySettings } from './calls.js'
export {
  type AskOptions,
  connectSysadm,
  type SubscribeOptions,
  SysadmClient,
  type SysadmClientOptions,
  type SysadmStatus,
  type ThroughBridge,
} from './client.js'
export type { SysadmEvents } from './event-queue.js'
export type {
  BridgeEvent,
  DispatcherEvent,
  GapEvent,
  HubEvent,
  LifePreserverEvent,
  OtherEvent,
  ServerEvent,
  SysadmEvent,
  SysadmPool,
  SysadmPriority,
  SysadmSubscription,
  SystemStateEvent,
} from './events.js'
export { readEvent, readPriority } from './events.js'
export { JobOutput, type OutputPiece } from './job-output.js'
export type { SysadmLogin } from './login.js'
export { SysadmKey } from './login-key.js'
export type { JobEnd, JobStep, RunJobOptions } from './run-job.js'
export type { SubscribeFrom, SysadmIdentity } from './session.js'
export type { SysadmTls } from './tls.js'
