import { SysadmError } from '../../../protocols/sysadm/codec/errors.js'
import type { Caller, SysadmContext } from '../context.js'
import { dispatch, hasJobs } from './dispatcher.js'
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
      if (hasJobs(context)) return dispatch(context, caller, args)
      throw new SysadmError(404)
    default:
      throw new SysadmError(404)
  }
}

/** What the caller may use, and whether only to look. */
function classesFor(context: SysadmContext, { level }: Caller): Record<string, string> {
  const right = level === 'full' ? 'read/write' : 'read'
  return {
    ...(hasJobs(context) && { 'rpc/dispatcher': right }),
    'rpc/logs': right,
    'rpc/settings': 'read/write',
  }
}
