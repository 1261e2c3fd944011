import { area, entry } from './area.js'

export const netconfErrors = area('NETCONF', {
  TCN_NETCONF_FRAME: entry(
    502,
    'the bytes are not framed as NETCONF requires',
    'Check that the port is that of a NETCONF server, and not of a command line.',
  ),
  TCN_NETCONF_XML: entry(
    502,
    'a message is not the XML that NETCONF allows',
    'The message says what was wrong. Elements nest 128 deep at most; DOCTYPE and entities of its own are refused.',
  ),
  TCN_NETCONF_MESSAGE: entry(
    502,
    'a message is not one of NETCONF',
    'Check the software that has sent it: RFC 6241 and RFC 5277 describe these messages.',
  ),
  TCN_NETCONF_REFUSED: entry(
    502,
    'the device has refused a request',
    'The message has the reason of the device. Check the stream, the filter, and the rights of the user there.',
  ),
  TCN_NETCONF_UNSUPPORTED: entry(
    501,
    'the device does not support what was asked for',
    'Configure what the device supports: `tocsin netconf hello` shows it.',
  ),
  TCN_NETCONF_CONNECT: entry(
    503,
    'the device cannot be reached',
    'Check address and port, and that NETCONF is switched on there; the usual ports are 830 for SSH and 6513 for TLS.',
  ),
  TCN_NETCONF_HOST_KEY: entry(
    502,
    'the device has a host key that is not known',
    'Compare the fingerprint with that of the device, and add it to the source as `hostKey`, or give it to a command as --host-key. Nothing was sent to it.',
  ),
  TCN_NETCONF_CERTIFICATE: entry(
    502,
    'the certificate of the device is not trusted',
    'Compare the fingerprint with that of the device, and add it to the source as `fingerprint` below `tls`, or give it to a command as --pin; or name the authority that signed the certificate.',
  ),
  TCN_NETCONF_LOGIN: entry(
    401,
    'the device has refused the login',
    'Check the user, and the key, the password or the certificate. The device may allow only some users to use NETCONF.',
  ),
  TCN_NETCONF_TIMEOUT: entry(
    504,
    'the other side did not answer in time',
    'Check the device or the client, and the way to it.',
  ),
  TCN_NETCONF_REQUEST: entry(
    400,
    'a request of a NETCONF client cannot be carried out',
    'The answer has the reason by the terms of RFC 6241. docs/guide/netconf.md lists what clients may ask for.',
  ),
  TCN_NETCONF_CALL_HOME: entry(
    429,
    'a device calls home too often',
    'Its sessions end soon after they begin: `tocsin status` has the reason of its source.',
  ),
  TCN_DEVICES_PUSH: entry(
    409,
    'the device takes no configuration from this hub',
    'Set `devices.<name>.push: true` for a device of `sources.netconf`, or wait until fewer changes wait.',
  ),
  TCN_DEVICES_UNREAD: entry(
    503,
    'the changes that wait for devices are not known yet',
    'The hub reads them from its state, and tries again by itself. `tocsin status` says why it cannot.',
  ),
  TCN_NETCONF_CLOSED: entry(
    503,
    'the NETCONF session has ended',
    'The log of the device may say why. A source begins again by itself, and fetches what it has missed if the device has kept it.',
  ),
})
