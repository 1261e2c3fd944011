#!/bin/sh
# Not the shell of busybox: it runs its commands from /proc/self/exe, which is the kernel until /proc is mounted.
#
# The first process of a test kernel: sets up its network and SCTP, then runs the program with the cases. The
# environment consists of the parameters of the kernel's command line that the kernel does not use itself.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t tmpfs tmpfs /run
busybox ip link set lo up
modules=/usr/lib/uml/modules/$(busybox uname -r)/kernel
# hmac before sctp, which cannot listen without it.
for module in hmac crc-ccitt ipv6 udp_tunnel ip6_udp_tunnel sctp; do
  file=$(busybox find "$modules" -name "$module.ko")
  [ -n "$file" ] && busybox insmod "$file"
done
"$sctp_node" "$sctp_program"
busybox poweroff -f
