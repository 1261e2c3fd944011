import { area, entry } from './area.js'

export const listenErrors = area('Listeners', {
  TCN_SOCKET_IN_USE: entry(
    409,
    'another program already listens on this address or socket',
    'Stop the other program, or choose another address (`--http`, `listen.http`, `listen.tcp`) or socket (`--socket`, `sockDir` of a Salt bus).',
  ),
  TCN_SOCKET_PATH_TAKEN: entry(
    409,
    'the path of the socket belongs to a file that is not a socket',
    'Move the file away, or choose another path for the socket.',
  ),
  TCN_SOCKET_LOCKED: entry(
    409,
    "another process holds the lock of the socket's folder",
    'Wait until the other hub has started. If no hub is starting there, remove the lock file that the message names.',
  ),
  TCN_SOCKET_FOLDER: entry(
    403,
    "the socket's folder is open to other users",
    'Make the user of the hub its owner and set its mode to 0700 (a Salt bus: not writable by everybody); each folder above it must belong to root or to that user, and everybody may write only to one with the sticky bit. Or choose another folder.',
  ),
  TCN_SOCKET_NO_FOLDER: entry(
    400,
    "the socket's folder does not exist and cannot be created",
    'Check the path: every part of it except the last must be a folder.',
  ),
  TCN_LISTEN_DENIED: entry(
    403,
    'the system does not allow this user to listen on this address or socket',
    'Choose a port from 1024 up, or grant the hub CAP_NET_BIND_SERVICE. For a unix socket, choose a folder that the user of the hub can write to.',
  ),
  TCN_LISTEN_ADDRESS: entry(
    400,
    'this machine does not have the address to listen on',
    'Use an address that `ip address` lists, 0.0.0.0 or [::] for all of them, or 127.0.0.1 for this machine only.',
  ),
  TCN_LISTEN_FAILED: entry(
    500,
    'the system could not open the listener',
    'Remove the cause that the message gives, such as a limit on open files, and start the hub again.',
  ),
})
