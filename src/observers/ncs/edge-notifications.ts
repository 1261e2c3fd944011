import type { EdgeLogin, EdgeObserver } from '../../methods/edges.js'
import * as C from '../../protocols/ncs/constants/events.js'
import { USESS_FLAG_FORWARD } from '../../protocols/ncs/constants/library.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import { infoOf } from './user-infos.js'

/** Reports hubs that forward their events to this one as subagents, and their logins as forwarded ones. */
export function edgeNotifications(
  now: () => number,
  publish: (notification: NcsNotification) => void,
): EdgeObserver {
  const subagent = (type: number, { name }: Pick<EdgeLogin, 'name'>) =>
    publish({ type: C.NOTIF_SUBAGENT_INFO, subagent: { type, name } })
  const forward = (type: number, login: Partial<EdgeLogin>, since: number) => {
    const { name, principal, address, usid = 0 } = login
    const session = { usid, user: principal ?? '', context: 'native', from: address ?? '', since }
    const uinfo = { ...infoOf(session), flags: USESS_FLAG_FORWARD }
    publish({ type: C.NOTIF_FORWARD_INFO, forward: { type, target: name ?? '', uinfo } })
  }
  return {
    attached(login, since) {
      subagent(C.SUBAGENT_INFO_UP, login)
      forward(C.FORWARD_INFO_UP, login, since)
    },
    detached(login, since) {
      forward(C.FORWARD_INFO_DOWN, login, since)
      subagent(C.SUBAGENT_INFO_DOWN, login)
    },
    refused: (login) => forward(C.FORWARD_INFO_FAILED, login, now()),
  }
}
