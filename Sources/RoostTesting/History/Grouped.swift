/// Elements sorted by the group they belong to, in one array: millions of them would be too many for arrays of their own.
struct Grouped<Element> {
    private(set) var elements: [Element]
    /// Where each group begins, and where the last one ends.
    private var starts: [Int]

    /// Keeps the order of the elements within each group.
    ///
    /// - Parameter groups: the group of each element, from 0 and below `count`.
    init(_ elements: [Element], groups: [Int32], count: Int) {
        var starts = [Int](repeating: 0, count: count + 1)
        for group in groups { starts[Int(group) + 1] += 1 }
        for group in starts.indices.dropLast() { starts[group + 1] += starts[group] }
        var next = starts
        var order = [Int32](repeating: 0, count: elements.count)
        for (index, group) in groups.enumerated() {
            order[next[Int(group)]] = Int32(index)
            next[Int(group)] += 1
        }
        self.elements = order.map { elements[Int($0)] }
        self.starts = starts
    }

    /// To be filled group by group.
    init() {
        self.elements = []
        self.starts = [0]
    }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func endGroup() { starts.append(elements.count) }

    /// The places of a group's elements.
    func range(_ group: Int) -> Range<Int> { starts[group]..<starts[group + 1] }

    subscript(group: Int) -> ArraySlice<Element> { elements[range(group)] }

    mutating func modify(_ index: Int, _ body: (inout Element) -> Void) { body(&elements[index]) }
}
