import type { NcsHub } from './ncs-hub.js'
import { PythonProgram, packages, shims } from './python.js'

/** What programs of the tests begin with. */
export const START = `
import json, os, select, socket, sys, threading, time
import _ncs
from _ncs import events
def tell(value): print(json.dumps(value, default=str))
def connect(mask, **more):
    sock = socket.socket()
    events.notifications_connect2(sock, mask, events.NotificationsData(**more), ip="127.0.0.1", port=_ncs.PORT)
    return sock
def failure(call, *args, **more):
    try:
        call(*args, **more)
    except _ncs.error.Error as error:
        assert error.confd_errno == error.ncs_errno and error.confd_lasterr and error.confd_strerror
        return error.confd_errno
    except Exception as error:
        return type(error).__name__
`

/** The environment in which a program finds the modules and this hub. */
export const environmentOf = (hub: NcsHub) => ({
  PYTHONPATH: `${packages}:${shims}`,
  NCS_IPC_PORT: String(hub.port),
})

export const startProgram = (hub: NcsHub, program: string) =>
  new PythonProgram(START + program, { env: environmentOf(hub) })

export const audit = { logno: 1, user: 'admin', msg: 'login', usid: 7 }
export const uinfo = {
  username: 'admin',
  usid: 7,
  context: 'cli',
  proto: 2,
  addr: '10.0.0.1',
  af: 2,
  port: 22,
}
