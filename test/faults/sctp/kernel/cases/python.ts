import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { nextPort } from '../stage.js'

const conversation = `
import select, socket, sys
from socket import AF_INET, SOCK_SEQPACKET, SOCK_STREAM, htonl, ntohl
from sctp import *

port = int(sys.argv[1])

def read(sock):
    readable, _, _ = select.select([sock], [], [], 30)
    assert readable, "nothing arrived"
    return sock.sctp_recvv(65536)

def notification(sock, wanted):
    while True:
        data, _, _, _, flags = read(sock)
        if flags & MSG_NOTIFICATION:
            found = parse_notification(data)
            if found["sn_type"] == wanted: return found

server = sctp_socket(AF_INET, SOCK_SEQPACKET)
event = sctp_event(se_assoc_id=SCTP_FUTURE_ASSOC, se_on=1)
for each in (SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_ADAPTATION_INDICATION):
    event["se_type"] = each
    server.setsockopt(IPPROTO_SCTP, SCTP_EVENT, event)
try:
    server.setsockopt(IPPROTO_SCTP, SCTP_EVENT, b"12345678")
    raise AssertionError("bytes are no event")
except TypeError:
    pass
server.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
server.bind(("127.0.0.1", port))
server.sctp_bindx([("127.0.0.2", port)], SCTP_BINDX_ADD_ADDR)
server.listen(1)
assert server.sctp_type == "one-to-many"

client = sctp_socket(AF_INET, SOCK_STREAM)
client.setsockopt(IPPROTO_SCTP, SCTP_INITMSG, sctp_initmsg(sinit_num_ostreams=20))
client.setsockopt(IPPROTO_SCTP, SCTP_ADAPTATION_LAYER, sctp_setadaptation(ssb_adaptation_ind=0x01020304))
assert client.getsockopt(IPPROTO_SCTP, SCTP_INITMSG)["sinit_num_ostreams"] == 20
number = client.sctp_connectx([("127.0.0.1", port)], assoc_id=True)
assert number > 0

up = notification(server, SCTP_ASSOC_CHANGE)
assert up["sac_state"] == SCTP_COMM_UP and up["sac_inbound_streams"] == 20, up
assert notification(server, SCTP_ADAPTATION_INDICATION)["sai_adaptation_ind"] == 0x01020304
status = client.getsockopt(IPPROTO_SCTP, SCTP_STATUS, sctp_status())
assert status["sstat_state"] == SCTP_ESTABLISHED and status["sstat_outstrms"] >= 10, status
assert status["sstat_primary"]["spinfo_address"] == ("127.0.0.1", port), status
assert client.sctp_opt_info(number, SCTP_RTOINFO, sctp_rtoinfo())["srto_max"] > 0
assert sorted(address[0] for address in client.sctp_getpaddrs(number)) == ["127.0.0.1", "127.0.0.2"]
assert server.sctp_getladdrs(0)

client.sctp_sendv((b"some ", b"data"), None, sctp_sndinfo(snd_sid=3, snd_ppid=htonl(1234)))
data, address, info, infotype, flags = read(server)
while flags & MSG_NOTIFICATION: data, address, info, infotype, flags = read(server)
assert (data, infotype, info["rcv_sid"], ntohl(info["rcv_ppid"])) == (b"some data", SCTP_RECVV_RCVINFO, 3, 1234), info
server.sctp_sendv((data,), (address,), sctp_sndinfo(snd_sid=2))
client.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
assert read(client)[0] == b"some data"

own = server.sctp_peeloff(up["sac_assoc_id"])
client.sctp_sendv((b"to the own socket",))
assert read(own)[0] == b"to the own socket"
client.close()
assert notification(own, SCTP_SHUTDOWN_EVENT)["sse_assoc_id"] == up["sac_assoc_id"]
assert notification(own, SCTP_ASSOC_CHANGE)["sac_state"] == SCTP_SHUTDOWN_COMP

# One-to-one: accept gives a socket of the same kind; the first message of an unconnected socket connects it.
listener = sctp_socket(AF_INET, SOCK_STREAM)
listener.bind(("127.0.0.1", port + 1))
listener.listen(1)
caller = sctp_socket(AF_INET, SOCK_STREAM)
caller.sctp_sendv((b"hello",), (("127.0.0.1", port + 1),), sctp_sndinfo(snd_sid=1))
accepted, _ = listener.accept()
accepted.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
data, address, info, infotype, _ = read(accepted)
assert (data, isinstance(accepted, sctp_socket)) == (b"hello", True)
for each in (own, server, caller, accepted, listener): each.close()
print("done")
`

export const pythonCases = {
  async 'the Python modules talk and report over sockets of every style'() {
    nextPort()
    const port = String(nextPort())
    nextPort()
    const env = { ...process.env, PYTHONPATH: process.env.sctp_python, PYTHONDONTWRITEBYTECODE: '1' }
    const { stdout } = await promisify(execFile)('python3', ['-c', conversation, port], { env })
    assert.equal(stdout, 'done\n')
  },
}
