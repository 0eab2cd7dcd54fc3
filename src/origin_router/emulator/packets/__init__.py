"""Links of real packets: what goes from an edge to an origin crosses two network devices and waits between them.

`network` starts all of it and is all that others use. It runs `shim` as a process of its own, which
makes a TUN device in this machine's network (`tun`, `ranges`) and another one in a private network
namespace (`namespace`), and carries packets between them as `wire` decides.
"""
