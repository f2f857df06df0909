// Transfers: the bytes of a parcel (a request, a reply or a message on its way) at one network interface. A
// parcel is at all the interfaces that it passes at once, since a stream comes in at one end while it still
// leaves the other: alone it takes the time of the narrowest. Each interface shares itself among all
// transfers that stand there (nic.h), and the parcel is through with the last of its own.
//
// Leaves out: that a stream which is held up at one interface leaves room at the others. Each is given the
// whole of the bytes at its own pace, so that where several are crowded a parcel comes somewhat too early.
#ifndef HEADROOM_TRANSFER_H
#define HEADROOM_TRANSFER_H

#include "nic.h"
#include "sim.h"

#include <stdint.h>

struct transfer {
  struct job job;
  struct job *parcel;
  const struct instance *owner; // in whose name it is there; NULL: of one who has given up
  struct nic *nic;
  int64_t bytes;
  uint32_t next; // of the parcel's transfers; 0: the last
  uint8_t way;   // enum nic_way
};

_Static_assert(sizeof(struct transfer) <= FRAME_BYTES, "a transfer fits a frame");

// Begins one, where the interface takes time. The first of a parcel's stands in its job's `place`, which must
// be 0 before; a parcel stands nowhere itself.
void transfer_begin(struct sim *sim, struct job *parcel, struct nic *nic, enum nic_way way,
                    const struct instance *owner, int64_t bytes);

// The frame of one is woken: it is through. Wakes the parcel with the last.
void transfer_woken(void *context, struct frame *frame);

// Breaks off all that a parcel has.
void transfer_drop_all(struct sim *sim, struct job *parcel);

#endif
