#include "transfer.h"

void transfer_begin(struct sim *sim, struct job *parcel, struct nic *nic, enum nic_way way,
                    const struct instance *owner, int64_t bytes) {
  struct transfer *transfer = slab_take(&sim->engine.frames, FRAME_TRANSFER);
  if (transfer == NULL) return; // and the run ends
  job_reset(&transfer->job, 0);
  transfer->parcel = parcel;
  transfer->owner = owner;
  transfer->nic = nic;
  transfer->bytes = bytes;
  transfer->way = (uint8_t)way;
  if (!nic_submit(nic, &sim->engine, way, &transfer->job, bytes)) {
    slab_give(&sim->engine.frames, &transfer->job.frame);
    return;
  }
  transfer->next = parcel->place;
  parcel->place = transfer->job.frame.index;
}

static void unlink_from_parcel(struct sim *sim, const struct transfer *transfer) {
  uint32_t *link = &transfer->parcel->place;
  while (*link != transfer->job.frame.index)
    link = &((struct transfer *)slab_at(&sim->engine.frames, *link))->next;
  *link = transfer->next;
}

void transfer_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  struct transfer *transfer = (struct transfer *)(void *)frame;
  struct job *parcel = transfer->parcel;
  nic_finish(transfer->nic, &sim->engine, transfer->way, &transfer->job, transfer->bytes);
  unlink_from_parcel(sim, transfer);
  slab_give(&sim->engine.frames, frame);
  if (parcel->place == 0) engine_ready(&sim->engine, &parcel->frame);
}

void transfer_drop_all(struct sim *sim, struct job *parcel) {
  while (parcel->place != 0) {
    struct transfer *transfer = slab_at(&sim->engine.frames, parcel->place);
    parcel->place = transfer->next;
    nic_break_off(transfer->nic, &sim->engine, transfer->way, &transfer->job, transfer->bytes);
    slab_give(&sim->engine.frames, &transfer->job.frame);
  }
}
