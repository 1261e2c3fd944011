/** Line on stderr that says that the socket is bound. */
export const BOUND = 'bound'

/**
 * Binds a datagram socket of the unix domain, which Node cannot, at the path in its argument, for this user alone. Writes
 * each datagram with its length before it (RFC 6587), and reads the next one when that is written, so that senders wait
 * until it is taken. It ends with its standard input, and so with the process that has started it, in whatever
 * way that ends; the socket is removed if it is still its own.
 */
export const DATAGRAM_READER = `
use strict;
use Socket;

# More than the largest maxMessage, so that a longer one is known to be cut.
my $room = (1 << 20) + 1;
my ($path) = @ARGV;
my $own = '';

sub found { join ' ', (lstat $path)[0, 1] }
# Unlike an END block, it also does all of it when a signal comes while it runs.
sub leave { unlink $path if $own ne '' && $own eq found(); exit 0 }
$SIG{$_} = \\&leave for qw(TERM INT HUP PIPE);

length $path < 108 or die "the path of a socket has at most 107 bytes\\n";
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "$!\\n";
umask 0177;
bind($socket, pack_sockaddr_un($path)) or die "$!\\n";
$own = found();
syswrite STDERR, "${BOUND}\\n";

my $waited = '';
vec($waited, fileno $_, 1) = 1 for \\*STDIN, $socket;
my $message;
while (1) {
  select(my $ready = $waited, undef, undef, undef) > 0 or next;
  if (vec $ready, fileno STDIN, 1) { sysread(STDIN, my $ignored, 1) or leave() }
  vec $ready, fileno $socket, 1 or next;
  defined recv($socket, $message, $room, MSG_DONTWAIT) or next;
  length $message or next;
  my $counted = length($message) . " $message";
  for (my $written = 0; $written < length $counted;) {
    $written += syswrite(STDOUT, $counted, length($counted) - $written, $written) // leave();
  }
}
`
