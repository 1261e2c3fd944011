import { area, entry } from './area.js'

export const sysadmErrors = area('SysAdm', {
  TCN_SYSADM_ADDRESS: entry(
    400,
    'this is not the address of a SysAdm server or bridge',
    'Use an address such as wss://nas1.example:12150, or port 12149 for a bridge. There are no servers without TLS.',
  ),
  TCN_SYSADM_KEY: entry(
    400,
    'this is not a private RSA key',
    'Pass the text of a PEM file; `openssl genrsa 4096` makes one.',
  ),
  TCN_SYSADM_CONNECT: entry(
    503,
    'the SysAdm server cannot be reached',
    'Check the address, and that the server is running. A server that refuses this address after failed logins closes the connection at once.',
  ),
  TCN_SYSADM_CERTIFICATE: entry(
    502,
    'the certificate of the SysAdm server is not trusted',
    'Compare the SHA-256 fingerprint with that of the server, and pin it, or name the authority that signed the certificate.',
  ),
  TCN_SYSADM_LOGIN: entry(
    401,
    'the SysAdm server refused the login',
    'Check the name and the password, or that the public key is registered for the user. Over a bridge only a key is accepted.',
  ),
  TCN_SYSADM_CLOSED: entry(
    503,
    'the connection to the SysAdm server is closed',
    'Repeat the call when the client has connected again.',
  ),
  TCN_SYSADM_TIMEOUT: entry(
    504,
    'the SysAdm server did not answer in time',
    'Check the server, or raise `timeout`. The request may still have been carried out.',
  ),
  TCN_SYSADM_REFUSED: entry(
    502,
    'the SysAdm server refused a request',
    'The message has the code of the server: 401 is not logged in, 403 not allowed, 404 not known there, 400 not understood.',
  ),
  TCN_SYSADM_ANSWER: entry(
    502,
    'the SysAdm server sent an answer of another form',
    'Check that the address is that of a SysAdm server.',
  ),
  TCN_SYSADM_BUSY: entry(
    429,
    'too many requests wait for the SysAdm server',
    'Await answers before you send more requests.',
  ),
  TCN_SYSADM_PEER: entry(
    404,
    'the bridge knows no such server',
    'Check that the server is connected to the bridge, and that the key of this client is registered there.',
  ),
  TCN_BRIDGE_KEYS: {
    ...entry(
      400,
      'the keys of the bridge cannot be read',
      'Name files with public RSA keys in PEM (`openssl rsa -in FILE -pubout`), or folders with such files.',
    ),
    exit: 2,
  },
})
