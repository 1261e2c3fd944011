import type { BusMessage } from '../../protocols/dbus/incoming.js'
import { watchSignals } from '../../protocols/dbus/signals.js'

const SOCKET = '/run/dbus/system_bus_socket'
const SYSTEMD = 'org.freedesktop.systemd1'
const MANAGER = `${SYSTEMD}.Manager`
const PROPERTIES = 'org.freedesktop.DBus.Properties'
const UNITS = '/org/freedesktop/systemd1'

export interface UnitSignals {
  /** They will come from now on. */
  ready(): void
  /** Something has happened to a unit. */
  changed(unit: string): void
  /** No more signals will come. */
  ended(reason: Error): void
}

/**
 * Learns of changes of units from the system bus. Returns a function that ends it. A question about a unit that is not
 * loaded makes systemd send UnitNew and UnitRemoved: they are not changes.
 */
export function watchUnits({ ready, changed, ended }: UnitSignals, socket = SOCKET): () => void {
  return watchSignals({
    socket,
    rules: [
      `type='signal',sender='${SYSTEMD}',interface='${MANAGER}',member='JobRemoved',path='${UNITS}'`,
      `type='signal',sender='${SYSTEMD}',interface='${PROPERTIES}',member='PropertiesChanged',path_namespace='${UNITS}/unit'`,
    ],
    // Otherwise systemd sends few of them.
    before: [{ destination: SYSTEMD, path: UNITS, interface: MANAGER, member: 'Subscribe' }],
    ready,
    signal: (message) => {
      const unit = unitOf(message)
      if (unit !== undefined) changed(unit)
    },
    ended,
  })
}

function unitOf({ fields: { member, path }, body }: BusMessage): string | undefined {
  if (member === 'JobRemoved') {
    // The number of the job and its path come first.
    body.number()
    body.text()
    return body.text()
  }
  const start = `${UNITS}/unit/`
  return path?.startsWith(start) ? unitOfLabel(path.slice(start.length)) : undefined
}

/** In paths of D-Bus, `ssh.service` is `ssh_2eservice`. */
function unitOfLabel(label: string): string {
  return label.replace(/_([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
