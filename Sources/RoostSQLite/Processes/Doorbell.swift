import CDoorbell
import RoostCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Wakes the processes that sleep for changes of one database, right after a commit.
///
/// Each process has a slot in a small file that all map, which says what it sleeps for, and a datagram socket. A writer
/// reads the slots, which costs nothing while nobody sleeps, and sends to the sleepers concerned. A slot belongs to
/// whoever has its byte of the file locked, so that those of dead processes are free again by themselves.
///
/// Not for other users of the machine: they share no folder, and notice by the slow poll.
final class Doorbell: Sendable {
    // Proof: points to a table of atomics in memory that is mapped until `deinit`; all access is by atomic operations.
    private nonisolated(unsafe) let slots: OpaquePointer
    private let file: Int32
    private let bell: Int32
    private let ringer: Int32
    private let index: Int32
    private let folder: String

    /// nil where the machine does not allow it: the poll has to do.
    init?(database path: String) {
        guard let (folder, file, index) = Self.takeSlot(for: path) else { return nil }
        guard let slots = roost_slots_map(file) else {
            close(file)
            return nil
        }
        let bell = roost_bell_open(Self.socket(folder, index))
        let ringer = roost_ringer_open()
        guard bell >= 0, ringer >= 0 else {
            if bell >= 0 { close(bell) }
            if ringer >= 0 { close(ringer) }
            roost_slots_unmap(slots)
            close(file)
            return nil
        }
        roost_slot_clear(slots, index)
        roost_slots_use(slots, index)
        self.slots = slots
        self.file = file
        self.bell = bell
        self.ringer = ringer
        self.index = index
        self.folder = folder
    }

    deinit {
        roost_slot_clear(slots, index)
        unlink(Self.socket(folder, index))
        close(bell)
        close(ringer)
        // Nobody else is there, and with every slot locked nobody comes: whoever tries opens a new file then.
        if roost_lock_all_bytes(file) {
            for slot in 0..<roost_slots_used(slots) { unlink(Self.socket(folder, slot)) }
            unlink(folder + "/slots")
            rmdir(folder)
        }
        roost_slots_unmap(slots)
        // Last, since it frees the slot.
        close(file)
    }

    /// How often a slot is looked for: the last process may be taking the folder away.
    private static let tries = 5

    /// Opens the file of slots and locks one.
    private static func takeSlot(for path: String) -> (folder: String, file: Int32, index: Int32)? {
        for _ in 0..<tries {
            guard let folder = folder(for: path) else { return nil }
            let file = roost_open(folder + "/slots", 0o600)
            guard file >= 0 else { continue }
            if let index = (0..<Int32(ROOST_SLOTS)).first(where: { roost_lock_byte(file, Int64($0)) }),
                roost_is_linked(file)
            {
                return (folder, file, index)
            }
            close(file)
            roost_pause_microseconds(200)
        }
        return nil
    }

    /// Asks to be woken for `topics` too. What is committed after this rings.
    func arm(_ topics: WakeTopics) {
        roost_slot_arm(slots, index, topics.rawValue)
    }

    /// Wakes every other process that sleeps for one of `topics`. To be called after the commit.
    func ring(_ topics: WakeTopics) {
        for slot in 0..<roost_slots_used(slots) where slot != index {
            let asleep = roost_slot_take(slots, slot, topics.rawValue)
            if asleep != 0 { roost_ring(ringer, Self.socket(folder, slot), asleep) }
        }
    }

    /// Waits for a ring; nothing where none came within `milliseconds` (-1: however long it takes).
    func wait(milliseconds: Int32) -> WakeTopics {
        WakeTopics(rawValue: roost_bell_wait(bell, milliseconds))
    }

    /// Ends a `wait` of this process.
    func interrupt() {
        roost_ring(ringer, Self.socket(folder, index), WakeTopics.interruption)
    }

    private static func socket(_ folder: String, _ slot: Int32) -> String {
        "\(folder)/\(slot)"
    }

    /// A folder that only this user may enter, with a short name: a socket's path has at most 104 bytes.
    private static func folder(for path: String) -> String? {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        guard roost_file_key(path, &device, &inode) else { return nil }
        let home = "/tmp/roost-\(roost_user_id())"
        let folder = "\(home)/\(String(device, radix: 36))-\(String(inode, radix: 36))"
        guard roost_private_directory(home), roost_private_directory(folder) else { return nil }
        return folder
    }
}

extension WakeTopics {
    /// No topic: a datagram with it only ends a wait.
    fileprivate static let interruption: UInt32 = 1 << 31
}
