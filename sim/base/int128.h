// 128-bit integers for areas under levels: 10^6 requests inside for eleven days are 10^21 ns.
#ifndef HEADROOM_INT128_H
#define HEADROOM_INT128_H

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#endif
