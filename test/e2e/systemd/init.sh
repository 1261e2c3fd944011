#!/bin/sh
# The first process of a test kernel: puts a file system in memory over that of the host, which nothing can change then,
# and becomes systemd in it. The environment consists of the parameters of the kernel's command line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
busybox mount -t proc proc /proc
busybox mount -o remount,ro /
busybox insmod "$(busybox find /usr/lib/uml/modules/"$(busybox uname -r)" -name overlay.ko)"
busybox mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/upper /mnt/work /mnt/root
busybox mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root || exit
# What the host has enabled is no part of the story.
rm -rf etc/systemd/system/* etc/tocsin var/lib/tocsin usr/lib/systemd/system/tocsin* lib/systemd/system/tocsin*
rm -rf .dockerenv etc/fstab var/log/journal
busybox mount -t tmpfs tmpfs tmp
mkdir -p opt/tocsin srv/result
busybox mount --bind "$story_root" opt/tocsin
busybox mount -t hostfs -o "$story_result" none srv/result
cp "opt/tocsin/test/e2e/systemd/story.service" etc/systemd/system/
ln -sf /opt/tocsin/bin/tocsin.mjs usr/bin/tocsin
[ -x usr/bin/node ] || [ -x usr/local/bin/node ] || cp "$sctp_node" usr/local/bin/node
busybox umount /proc
busybox pivot_root . mnt
exec busybox chroot . /lib/systemd/systemd --unit=story.service
