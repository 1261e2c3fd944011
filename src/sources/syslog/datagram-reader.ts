import { LONGEST_END } from './message-end.js'

/** Line on stderr that says that the socket is bound. */
export const BOUND = 'bound'

/**
 * Binds a datagram socket of the unix domain, which Node cannot, at the path in its argument, for this user alone. Writes
 * each datagram with its length before it (RFC 6587), and reads the next one when that is written, so that senders wait
 * until it is taken. It ends with its standard input, and so with the process that has started it, in whatever
 * way that ends: it removes the socket if it is still its own, and writes what has been sent before. Signals, such as
 * those of systemd to all processes of the hub, would come before the hub is ready for that.
 */
export const DATAGRAM_READER = `
use strict;
use Socket;

# More than the largest maxMessage and its end, so that a longer one is known to be cut.
my $room = (1 << 20) + ${LONGEST_END};
my ($path) = @ARGV;
$SIG{$_} = 'IGNORE' for qw(TERM INT HUP PIPE);

length $path < 108 or die "the path of a socket has at most 107 bytes\\n";
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "$!\\n";
umask 0177;
bind($socket, pack_sockaddr_un($path)) or die "$!\\n";
sub found { join ' ', (lstat $path)[0, 1] }
my $own = found();
sub unbind { unlink $path if $own eq found() }
syswrite STDERR, "${BOUND}\\n";

# False if none waits.
sub pass_one {
  defined recv($socket, my $message, $room, MSG_DONTWAIT) or return 0;
  length $message or return 1;
  my $counted = length($message) . " $message";
  for (my $written = 0; $written < length $counted;) {
    $written += syswrite(STDOUT, $counted, length($counted) - $written, $written) // do { unbind(); exit 0 };
  }
  return 1;
}

my $waited = '';
vec($waited, fileno $_, 1) = 1 for \\*STDIN, $socket;
while (1) {
  select(my $ready = $waited, undef, undef, undef) > 0 or next;
  pass_one() if vec $ready, fileno $socket, 1;
  vec $ready, fileno STDIN, 1 and (sysread(STDIN, my $ignored, 1) or last);
}
unbind();
# Programs that are connected could send on for ever.
shutdown $socket, SHUT_RD;
1 while pass_one();
`
