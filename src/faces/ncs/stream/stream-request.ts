import type { Principal } from '../../../bus/principal.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { parseTime } from '../../../event/position.js'
import type { StreamRequest } from '../../shared/streams/stream-request.js'
import { XPathFilter } from '../../shared/xpath/filter.js'
import type { NcsRequest } from '../socket/request.js'
import type { NotificationStreams } from './stream-host.js'

/** Rejects with TCN_NCS_STREAM, TCN_NCS_STREAM_TIME, TCN_NCS_SESSION or TCN_NCS_XPATH. */
export async function readStreamRequest(
  request: NcsRequest,
  host: NotificationStreams,
): Promise<StreamRequest> {
  const stream = host.streams.find(request.stream!)
  if (stream === undefined)
    throw new TocsinError('TCN_NCS_STREAM', `there is no stream ${JSON.stringify(request.stream)}`)
  const times = timesOf(request, host.runtime.now())
  const user = request.usid ? userOf(request.usid, host) : undefined
  return { stream, ...times, user, lag: request.lag, xpath: await xpathOf(request.xpath, host) }
}

function timesOf(request: NcsRequest, now: number): Pick<StreamRequest, 'start' | 'stop'> {
  const start = timeOf('start', request.start)
  const stop = timeOf('stop', request.stop)
  if (start !== undefined && start > now) throw wrongTime('the start time is in the future')
  if (stop === undefined) return { start, stop }
  if (start === undefined) throw wrongTime('a stop time needs a start time')
  if (stop <= start) throw wrongTime('the stop time is not later than the start time')
  return { start, stop }
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const micros = parseTime(text)
  if (micros === undefined)
    throw wrongTime(`${name}: ${JSON.stringify(text)} is no RFC 3339 time with a zone`)
  return micros
}

function wrongTime(message: string): TocsinError {
  return new TocsinError('TCN_NCS_STREAM_TIME', message)
}

function userOf(usid: number, { sessions, findPrincipal }: NotificationStreams): Principal {
  const name = sessions.find(usid)?.user
  const principal = name === undefined ? undefined : findPrincipal(name)
  if (principal === undefined) throw new TocsinError('TCN_NCS_SESSION', `there is no session ${usid}`)
  return principal
}

async function xpathOf(
  expression: string | undefined,
  host: NotificationStreams,
): Promise<XPathFilter | undefined> {
  if (expression === undefined) return undefined
  try {
    return XPathFilter.compile(expression, host.engine, host.typeOf)
  } catch (error) {
    const { code, message } = toTocsinError(error, 'TCN_INTERNAL')
    if (!code.startsWith('TCN_FILTER_')) throw error
    throw new TocsinError('TCN_NCS_XPATH', message, { cause: error })
  }
}
