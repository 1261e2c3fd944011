"""A program that passes the notifications of a running NSO or ConfD on to a hub, with the vendor's own module.

The hub starts it as ``python3 -m tocsin.ncs.attach``, writes the settings as its first line, and answers on the same
way. Each line in both directions is one object in JSON; ``lines`` has those for the hub.
"""
