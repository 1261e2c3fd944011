import { watchSignals } from '../../protocols/dbus/signals.js'

const SOCKET = '/run/dbus/system_bus_socket'
const MANAGER = 'org.freedesktop.systemd1.Manager'
const UNITS = '/org/freedesktop/systemd1'

export interface UnitSignals {
  /** Something has happened to a unit. */
  changed(): void
  /** No more signals will come. */
  ended(reason: Error): void
}

/** Learns of changes of units from the system bus. Returns a function that ends it. */
export function watchUnits({ changed, ended }: UnitSignals, socket = SOCKET): () => void {
  return watchSignals({
    socket,
    rules: [
      `type='signal',interface='${MANAGER}',path='${UNITS}'`,
      `type='signal',interface='org.freedesktop.DBus.Properties',path_namespace='${UNITS}/unit'`,
    ],
    // Otherwise systemd sends few of them.
    before: [
      { destination: 'org.freedesktop.systemd1', path: UNITS, interface: MANAGER, member: 'Subscribe' },
    ],
    signal: changed,
    ended,
  })
}
