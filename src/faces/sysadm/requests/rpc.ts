import { SysadmError } from '../../../protocols/sysadm/codec/errors.js'
import type { Caller, SysadmContext } from '../context.js'
import { dispatch } from './dispatcher.js'
import { readLogs } from './logs.js'
import { settings } from './settings.js'

/** Answers a request of the namespace `rpc` that needs a login; the name is in lower case. */
export async function rpc(
  context: SysadmContext,
  caller: Caller,
  name: string,
  args: unknown,
): Promise<unknown> {
  switch (name) {
    case 'query':
      return classesFor(context, caller)
    case 'settings':
      return settings(context, caller, args)
    case 'logs':
      return readLogs(context, caller, args)
    case 'dispatcher':
      return dispatch(context, caller, args)
    default:
      throw new SysadmError(404)
  }
}

/**
 * Returns the classes that the caller may use, and whether it may only look. Running jobs requires rights over the
 * hub too.
 */
function classesFor({ host }: SysadmContext, { level, principal }: Caller): Record<string, string> {
  const rightIf = (mayWrite: boolean) => (mayWrite ? 'read/write' : 'read')
  const isFull = level === 'full'
  return {
    'rpc/dispatcher': rightIf(isFull && host.parts.jobs.isOn && host.access.authorize(principal, 'run')),
    'rpc/logs': rightIf(isFull),
    'rpc/settings': 'read/write',
  }
}
