/// Who holds a unique key.
struct UniqueHolder {
    let job: JobID
    let key: UniqueKey
    let enqueuedAt: Timestamp
    /// How it ended, where its row is gone and the key's period is not over.
    var finalState: JobState?
}

extension MemoryState {
    /// Stores all of `batch`, or throws and stores none of it.
    mutating func enqueue(_ batch: EnqueueBatch) throws(StoreError) -> [EnqueueAnswer.Item] {
        if batch.jobs.count > 1 || !batch.edges.isEmpty { try StoreRules.validate(batch) }
        var items = [EnqueueAnswer.Item](repeating: .stored, count: batch.jobs.count)
        var edges = try knownEdges(of: batch)
        if batch.jobs.contains(where: { $0.unique != nil }) {
            edges = try findDuplicates(of: batch, edges: edges, items: &items)
        }
        var children: [JobID: Int] = [:]
        for edge in edges { children[edge.child] = -1 }
        for (number, job) in batch.jobs.enumerated() where items[number] == .stored && slot(of: job.id) == nil {
            let waits = !children.isEmpty && children[job.id] != nil
            let slot = insertRow(job, state: .waiting)
            if let key = job.unique {
                uniques[key.key] = UniqueHolder(job: job.id, key: key, enqueuedAt: now)
            }
            if waits {
                children[job.id] = slot
            } else {
                start(slot, due: StoreRules.due(job.start, now: now))
            }
        }
        if !edges.isEmpty { connect(edges, of: batch, children: children) }
        return items
    }

    /// The edges of `batch` whose child is new. One to an unknown parent is refused.
    private func knownEdges(of batch: EnqueueBatch) throws(StoreError) -> [NewEdge] {
        guard !batch.edges.isEmpty else { return [] }
        var numbers: [JobID: Int] = [:]
        for (number, job) in batch.jobs.enumerated() { numbers[job.id] = number }
        var edges: [NewEdge] = []
        for edge in batch.edges where slot(of: edge.child) == nil {
            guard numbers[edge.parent] != nil || slot(of: edge.parent) != nil else {
                throw StoreError(
                    .rejected,
                    "job \(edge.child) waits for \(edge.parent), which is not known",
                    item: numbers[edge.child]
                )
            }
            edges.append(edge)
        }
        return edges
    }

    /// Marks the jobs whose unique key is held, and lets edges that name one mean its holder.
    private func findDuplicates(
        of batch: EnqueueBatch,
        edges: [NewEdge],
        items: inout [EnqueueAnswer.Item]
    ) throws(StoreError) -> [NewEdge] {
        let waiting = Set(edges.map(\.child))
        var inBatch: [String: (key: UniqueKey, job: JobID, state: JobState)] = [:]
        var holders: [JobID: JobID] = [:]
        for (number, job) in batch.jobs.enumerated() where slot(of: job.id) == nil {
            guard let key = job.unique else { continue }
            var holder: JobID?
            if let earlier = inBatch[key.key] {
                let stands = StoreRules.isDuplicate(
                    of: earlier.key,
                    holderState: earlier.state,
                    holderEnqueuedAt: now,
                    now: now
                )
                holder = stands ? earlier.job : nil
            } else {
                holder = self.holder(of: key.key)
            }
            if let holder {
                items[number] = .duplicate(of: holder)
                holders[job.id] = holder
            } else {
                let due = StoreRules.due(job.start, now: now)
                let state: JobState = waiting.contains(job.id) ? .waiting : due == nil ? .ready : .scheduled
                inBatch[key.key] = (key, job.id, state)
            }
        }
        guard !holders.isEmpty, !edges.isEmpty else { return edges }
        var kept: [NewEdge] = []
        for var edge in edges where holders[edge.child] == nil {
            edge.parent = holders[edge.parent] ?? edge.parent
            kept.append(edge)
        }
        // A job of the batch may now wait for itself by way of a holder that is in the batch too.
        try StoreRules.validate(EnqueueBatch(jobs: batch.jobs, edges: kept))
        return kept
    }

    /// The job that holds `key` and still counts.
    func holder(of key: String) -> JobID? {
        guard let holder = uniques[key] else { return nil }
        let state = slot(of: holder.job).map { rows[$0].state } ?? holder.finalState
        let stands = StoreRules.isDuplicate(
            of: holder.key,
            holderState: state,
            holderEnqueuedAt: holder.enqueuedAt,
            now: now
        )
        return stands ? holder.job : nil
    }

    /// Adds the edges of new rows, and starts or skips those whose parents have all ended.
    private mutating func connect(_ newEdges: [NewEdge], of batch: EnqueueBatch, children: [JobID: Int]) {
        var unmet: [JobID: (parent: JobID, state: JobState)] = [:]
        for edge in newEdges {
            guard let child = children[edge.child], child >= 0 else { continue }
            let parent = slot(of: edge.parent)
            if edge.carriesValue {
                rows[child].flags.insert(.hasInputs)
                inputs[edge.child, default: []].append(JobInputSlot(position: edge.position, parent: edge.parent))
                if let parent { rows[parent].neededBy += 1 }
            }
            let state = parent.map { rows[$0].state } ?? endedHolderState(edge.parent, in: batch)
            if state.isFinished {
                if !edge.condition.isMet(by: state), unmet[edge.child] == nil {
                    unmet[edge.child] = (edge.parent, state)
                }
            } else if let parent {
                rows[child].openEdges += 1
                rows[parent].flags.insert(.hasChildren)
                edges[edge.parent, default: []].append(
                    OpenEdge(child: edge.child, position: edge.position, condition: edge.condition)
                )
            }
        }
        for job in batch.jobs {
            guard let slot = children[job.id], slot >= 0 else { continue }
            if rows[slot].flags.contains(.hasInputs) {
                inputs[job.id]?.sort { $0.position < $1.position }
            }
            if let (parent, state) = unmet[job.id] {
                skip(slot, because: parent, in: state)
            } else if rows[slot].openEdges == 0 {
                start(slot, due: StoreRules.due(job.start, now: now))
            }
        }
    }

    /// How a holder ended whose row is gone: only the keys of this batch can have led to it.
    private func endedHolderState(_ job: JobID, in batch: EnqueueBatch) -> JobState {
        for new in batch.jobs {
            if let key = new.unique, let holder = uniques[key.key], holder.job == job, let state = holder.finalState {
                return state
            }
        }
        return .succeeded
    }
}
